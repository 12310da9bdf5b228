/* control/json.c -- the state of a service as JSON (RFC 8259) */
#include "config.h"

#include "control/json.h"

#include <inttypes.h>
#include <string.h>

/* Bytes that are no UTF-8 become the replacement character. */
static void add_string(struct text *t, const char *text, size_t len)
{
    text_string(t, "\"");
    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        unsigned char c = (unsigned char)text[i];
        n = text_utf8(text + i);
        if (n == 0)
            text_string(t, "\\ufffd");
        else if (c == '"' || c == '\\')
            text_add(t, "\\%c", c);
        else if (c < ' ' || c == 127)
            text_add(t, "\\u%04x", (unsigned)c);
        else
            text_bytes(t, text + i, n);
    }
    text_string(t, "\"");
}

static void add_text(struct text *t, const char *key, const char *value)
{
    text_add(t, "\"%s\":", key);
    if (*value)
        add_string(t, value, strlen(value));
    else
        text_string(t, "null");
    text_string(t, ",");
}

/* The path of a unix socket may have blanks, all else has them between addresses. */
static void add_addresses(struct text *t, const struct status *st)
{
    const char *at = st->address;
    bool one = strcmp(st->protocol, "unix") == 0;
    text_string(t, "\"addresses\":[");
    for (bool first = true; *at && strcmp(at, "-") != 0; first = false) {
        size_t len = one ? strlen(at) : strcspn(at, " ");
        text_string(t, first ? "" : ",");
        add_string(t, at, len);
        at += len;
        at += strspn(at, " ");
    }
    text_string(t, "],");
}

static void add_counts(struct text *t, const struct status *st)
{
    const char *comma = "";
    text_add(t, "\"running\":%" PRIu32 ",\"max\":", st->running);
    if (st->max)
        text_add(t, "%" PRIu32, st->max);
    else
        text_string(t, "null"); /* no limit */
    text_add(t, ",\"started\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"rejected_by\":{", st->started,
             st->rejected);
    for (size_t i = 0; i < REJECT_REASONS; i++) {
        if (!st->rejects[i])
            continue;
        text_add(t, "%s\"%s\":%" PRIu64, comma, reject_name((enum reject)i), st->rejects[i]);
        comma = ",";
    }
    text_string(t, "},");
}

/* "status=1" as {"status":1}. */
static void add_exit(struct text *t, const struct status *st)
{
    const char *equals = strchr(st->last_exit, '=');
    if (equals)
        text_add(t, "\"last_exit\":{\"%.*s\":%s},", (int)(equals - st->last_exit), st->last_exit,
                 equals + 1);
    else
        text_string(t, "\"last_exit\":null,");
}

/* Seconds, or null. */
static void add_age(struct text *t, const char *key, uint64_t at)
{
    uint64_t ms = at ? (loop_now() - at) / NS_PER_MS : 0;
    if (at)
        text_add(t, "\"%s\":%" PRIu64 ".%03u", key, ms / 1000, (unsigned)(ms % 1000));
    else
        text_add(t, "\"%s\":null", key);
}

void json_status(const struct status *st, struct text *t)
{
    text_string(t, "{");
    add_text(t, "service", st->name);
    add_text(t, "protocol", st->protocol);
    add_addresses(t, st);
    add_text(t, "state", st->state);
    add_text(t, "reason", st->why);
    add_counts(t, st);
    add_exit(t, st);
    add_age(t, "exit_age", st->exit_at);
    text_string(t, ",");
    text_string(t, "\"last_error\":");
    if (*st->last_error)
        add_string(t, st->last_error, strlen(st->last_error));
    else
        text_string(t, "null");
    text_string(t, ",");
    add_age(t, "error_age", st->error_at);
    text_string(t, "}");
}
