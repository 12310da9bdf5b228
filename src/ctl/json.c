/* ctl/json.c -- the state of the services as JSON (RFC 8259) */
#include "config.h"

#include "ctl/json.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

void ctl_json_string(FILE *out, const char *text, size_t len)
{
    (void)fputc('"', out); /* main looks at stdout in the end; so for all here */
    for (size_t i = 0; i < len;) {
        size_t n = text_utf8(text + i);
        if (n == 0)
            (void)fputs("\\ufffd", out);
        else if (n == 2 && (unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
            (void)fprintf(out, "\\u%04x", (unsigned)(unsigned char)text[i + 1]);
        else if (n > 1)
            (void)fwrite(text + i, 1, n, out);
        else if (text[i] == '"' || text[i] == '\\')
            (void)fprintf(out, "\\%c", text[i]);
        else if ((unsigned char)text[i] < ' ' || text[i] == 127)
            (void)fprintf(out, "\\u%04x", (unsigned)text[i]);
        else
            (void)fputc(text[i], out);
        i += n ? n : 1;
    }
    (void)fputc('"', out);
}

static void put_key(FILE *out, const char *key)
{
    ctl_json_string(out, key, strlen(key));
    (void)fputc(':', out);
}

void ctl_json_number(FILE *out, const char *text, size_t len)
{
    if (len == 0 || strspn(text, "0123456789") < len || (len > 1 && text[0] == '0'))
        (void)fputs("null", out);
    else
        (void)fwrite(text, 1, len, out);
}

static void put_text_field(FILE *out, const struct ctl_row *row, const char *key)
{
    const char *value = ctl_row_get(row, key);
    put_key(out, key);
    if (*value)
        ctl_json_string(out, value, strlen(value));
    else
        (void)fputs("null", out);
    (void)fputc(',', out);
}

/* The path of a unix socket may have blanks, all else has them between addresses. */
static void put_addresses(FILE *out, const struct ctl_row *row)
{
    const char *at = ctl_row_get(row, "address");
    bool one = strcmp(ctl_row_get(row, "protocol"), "unix") == 0;
    put_key(out, "addresses");
    (void)fputc('[', out);
    for (bool first = true; *at && strcmp(at, "-") != 0; first = false) {
        size_t len = one ? strlen(at) : strcspn(at, " ");
        (void)fputs(first ? "" : ",", out);
        ctl_json_string(out, at, len);
        at += len;
        at += strspn(at, " ");
    }
    (void)fputs("],", out);
}

static void put_running(FILE *out, const struct ctl_row *row)
{
    const char *value = ctl_row_get(row, "running");
    size_t len = strcspn(value, "/");
    put_key(out, "running");
    ctl_json_number(out, value, len);
    (void)fputs(",\"max\":", out);
    value += len + (value[len] == '/');
    ctl_json_number(out, value, strlen(value)); /* null: no limit */
    (void)fputc(',', out);
}

static void put_counts(FILE *out, const struct ctl_row *row)
{
    const char *started = ctl_row_get(row, "started"), *rejected = ctl_row_get(row, "rejected");
    put_key(out, "started");
    ctl_json_number(out, started, strlen(started));
    (void)fputs(",\"rejected\":", out);
    ctl_json_number(out, rejected, strlen(rejected));
    (void)fputs(",\"rejected_by\":{", out);
    const struct ctl_field *reason;
    for (size_t i = 0; (reason = ctl_row_reason(row, i)); i++) {
        (void)fputs(i ? "," : "", out);
        put_key(out, reason->key);
        ctl_json_number(out, reason->value, strlen(reason->value));
    }
    (void)fputs("},", out);
}

/* {"status":1}, {"signal":9}, or null. */
static void put_exit(FILE *out, const struct ctl_row *row)
{
    const char *value = ctl_row_get(row, "last_exit"), *equals = strchr(value, '=');
    put_key(out, "last_exit");
    if (equals) {
        (void)fputc('{', out);
        ctl_json_string(out, value, (size_t)(equals - value));
        (void)fputc(':', out);
        ctl_json_number(out, equals + 1, strlen(equals + 1));
        (void)fputs("},", out);
    } else {
        (void)fputs("null,", out);
    }
}

/* Seconds, or null. */
static void put_age(FILE *out, const struct ctl_row *row, const char *key)
{
    uint64_t ns;
    put_key(out, key);
    if (ctl_seconds(ctl_row_get(row, key), &ns))
        (void)fprintf(out, "%.3f", (double)(ns / NS_PER_MS) / 1000);
    else
        (void)fputs("null", out);
}

static void put_row(FILE *out, const struct ctl_row *row)
{
    const char *error = ctl_row_get(row, "last_error");
    (void)fputc('{', out);
    put_text_field(out, row, "service");
    put_text_field(out, row, "protocol");
    put_addresses(out, row);
    put_text_field(out, row, "state");
    put_text_field(out, row, "reason");
    put_running(out, row);
    put_counts(out, row);
    put_exit(out, row);
    put_age(out, row, "exit_age");
    (void)fputc(',', out);
    put_key(out, "last_error");
    if (*error)
        ctl_json_string(out, error, strlen(error));
    else
        (void)fputs("null", out);
    (void)fputc(',', out);
    put_age(out, row, "error_age");
}

/* How the last load went; null where nobody said. */
static void put_load(FILE *out, const struct ctl_row *load)
{
    static const char *const texts[] = {
        "result", "error", "added_services", "changed_services", "removed_services", "nothing"};
    static const char *const counts[] = {"errors", "kept", "added", "changed", "removed"};
    if (load->count == 0) {
        (void)fputs("null", out);
        return;
    }
    (void)fputc('{', out);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text_field(out, load, texts[i]);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const char *n = ctl_row_get(load, counts[i]);
        put_key(out, counts[i]);
        ctl_json_number(out, n, strlen(n));
        (void)fputc(',', out);
    }
    put_age(out, load, "age");
    (void)fputc('}', out);
}

void ctl_json_print(const struct ctl_rows *rows, void (*more)(void *arg, size_t i, FILE *out),
                    void *arg, FILE *out)
{
    (void)fputs("{\"services\":[", out);
    for (size_t i = 0; i < rows->count; i++) {
        (void)fputs(i ? ",\n" : "\n", out);
        put_row(out, &rows->at[i]);
        if (more)
            more(arg, i, out);
        (void)fputc('}', out);
    }
    (void)fprintf(out, "\n],\"bans\":%lu,\"load\":", rows->bans);
    put_load(out, &rows->load);
    (void)fputs("}\n", out);
}
