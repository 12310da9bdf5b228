/* conf/classic.c -- the fields of a classic line to a draft */
#include "config.h"

#include "base/value.h"
#include "conf/address.h"
#include "conf/classic.h"
#include "conf/dialect.h"
#include "conf/keys.h"

#include <limits.h>
#include <string.h>

#define MOST      1000000 /* of any count: more is a slip of the hand */
#define NO_LIMITS 4

/* --- the protocol: name[,sndbuf=N][,rcvbuf=N] ------------------------------------------------ */

static bool unknown_option(struct conf *c, const struct word *w)
{
    return conf_error(c, &w->place, "unknown protocol option %s: sndbuf=N or rcvbuf=N is known",
                      conf_quote(c, w->text));
}

static bool buffer(struct conf *c, struct draft *d, const struct word *w)
{
    static const struct {
        const char *name;
        size_t offset;
    } buffers[] = {{"sndbuf=", offsetof(struct settings, sock.sndbuf)},
                   {"rcvbuf=", offsetof(struct settings, sock.rcvbuf)},
                   {"recvbuf=", offsetof(struct settings, sock.rcvbuf)}};

    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        size_t len = strlen(buffers[i].name);
        uint64_t bytes = 0;
        if (strncmp(w->text, buffers[i].name, len) != 0)
            continue;
        struct word number = draft_cut(c, d, w, len, strlen(w->text) - len);
        if (!number.text)
            return false;
        enum value_fault wrong = value_size(number.text, INT_MAX, &bytes);
        if (!wrong && bytes == 0)
            wrong = VALUE_RANGE;
        if (wrong)
            return conf_bad_value(c, &number, "buffer size", wrong, 1, INT_MAX);
        int *to = (int *)(void *)((char *)d->set + buffers[i].offset);
        *to = (int)bytes;
        return true;
    }
    return unknown_option(c, w);
}

static bool other_protocol(struct conf *c, struct draft *d, const struct word *w)
{
    size_t errors = c->errors;

    return conf_second_protocol(c, d, w) || (c->errors == errors && unknown_option(c, w));
}

static bool protocol(struct conf *c, struct draft *d, const struct word *w)
{
    size_t at = strcspn(w->text, ",");

    d->protocol = *w;
    if (w->text[at] == '\0')
        return true;
    d->protocol = draft_cut(c, d, w, 0, at);
    if (!d->protocol.text)
        return false;
    while (w->text[at] == ',') {
        size_t len = strcspn(w->text + at + 1, ",");
        struct word option = draft_cut(c, d, w, at + 1, len);
        bool sized = strchr(option.text ? option.text : "", '=');
        if (!option.text || !(sized ? buffer(c, d, &option) : other_protocol(c, d, &option)))
            return false;
        at += len + 1;
    }
    return d->protocol.text;
}

/* --- wait[.N | :N | /children[/per-ip-per-minute[/children-per-ip]]] ------------------------- */

static bool unknown_wait(struct conf *c, const struct word *w, const char *stem)
{
    struct conf_near near = {.word = stem};

    conf_near_try(&near, "wait");
    conf_near_try(&near, "nowait");
    if (near.best && near.distance == 0)
        near.best = NULL; /* it is what follows that is wrong */
    return conf_error(c, &w->place, "unknown wait field %s%s", conf_quote(c, w->text),
                      conf_hint(c, &near));
}

/* The number in `w` at byte `at`, `len` bytes long. */
static bool number(struct conf *c, struct draft *d, const struct word *w, size_t at, size_t len,
                   uint32_t *n)
{
    struct word part = draft_cut(c, d, w, at, len);
    uint64_t value = 0;

    if (!part.text)
        return false;
    enum value_fault wrong = value_number(part.text, 0, MOST, &value);
    if (wrong)
        return conf_bad_value(c, &part, "limit", wrong, 0, MOST);
    *n = (uint32_t)value;
    return true;
}

/* /children[/per-ip-per-minute[/children-per-ip]] from byte `at`. */
static bool slash_limits(struct conf *c, struct draft *d, const struct word *w, size_t at)
{
    uint32_t limits[NO_LIMITS] = {0};
    size_t n = 0;

    for (; w->text[at] == '/' && n < NO_LIMITS; n++) {
        size_t len = strcspn(w->text + at + 1, "/");
        if (!number(c, d, w, at + 1, len, &limits[n]))
            return false;
        at += len + 1;
    }
    if (n == NO_LIMITS)
        return conf_error(c, &w->place,
                          "wait field %s has more than "
                          "/children/per-ip-per-minute/children-per-ip",
                          conf_quote(c, w->text));
    d->set->limits.accept_max = limits[0];
    if (n > 1) {
        d->set->limits.source.rate = rate_make(limits[1], NS_PER_MIN, 0);
        d->ip_rate_given = true;
    }
    if (n > 2)
        d->set->limits.source.max = limits[2];
    return true;
}

static bool wait_field(struct conf *c, struct draft *d, const struct word *w)
{
    size_t len = strcspn(w->text, ".:/");
    struct word stem = draft_cut(c, d, w, 0, len);
    uint32_t n = 0;

    if (!stem.text)
        return false;
    d->wait = *w;
    d->waits = strcmp(stem.text, "wait") == 0;
    if (!d->waits && strcmp(stem.text, "nowait") != 0)
        return unknown_wait(c, w, stem.text);
    if (w->text[len] == '\0')
        return true;
    if (w->text[len + 1] == '\0')
        return unknown_wait(c, w, stem.text);
    if (w->text[len] == '/')
        return slash_limits(c, d, w, len);
    if (!number(c, d, w, len + 1, strlen(w->text + len + 1), &n))
        return false;
    d->set->limits.service_max = rate_make(n, NS_PER_MIN, 0);
    return true;
}

/* --- user[:group | .group][/login-class] ----------------------------------------------------- */

static bool user(struct conf *c, struct draft *d, const struct word *w)
{
    size_t end = strcspn(w->text, "/"), colon = strcspn(w->text, ":");

    memset(&d->group, 0, sizeof d->group);
    if (w->text[end] == '/')
        conf_warn(c, &w->place, "login class %s is ignored: this system has none",
                  conf_quote(c, w->text + end + 1));
    d->user = *w;
    if (colon < end) {
        d->group = draft_cut(c, d, w, colon + 1, end - colon - 1);
        d->user = draft_cut(c, d, w, 0, colon);
    } else if (w->text[end] == '/') {
        d->user = draft_cut(c, d, w, 0, end);
    }
    if (!d->user.text)
        return false;
    if (*d->user.text == '\0' || (d->group.text && *d->group.text == '\0'))
        return conf_error(c, &w->place, "%s lacks a %s", conf_quote(c, w->text),
                          *d->user.text == '\0' ? "user" : "group");
    d->user_may_dot = !d->group.text;
    return true;
}

/* --- the line ------------------------------------------------------------------------------- */

static bool socktype(struct conf *c, struct draft *d, const struct word *w)
{
    static const size_t at = sizeof "stream" - 1;

    d->socktype = *w; /* looked at when the protocol is known */
    if (strncmp(w->text, "stream:", 7) != 0)
        return true;
    /* NetBSD's accept filter. */
    struct word filter = draft_cut(c, d, w, at + 1, strlen(w->text + at + 1));
    d->socktype = draft_cut(c, d, w, 0, at);
    if (!filter.text || !d->socktype.text)
        return false;
    return conf_accept_filter(c, d, &filter);
}

static bool program(struct conf *c, struct draft *d, const struct word *w)
{
    (void)c; /* looked at when the socket type is known */
    d->program = *w;
    return true;
}

static const struct {
    const char *name;
    bool (*set)(struct conf *c, struct draft *d, const struct word *w);
} fields[] = {{"socket type", socktype},
              {"protocol", protocol},
              {"wait or nowait", wait_field},
              {"user", user},
              {"program", program}};
static const size_t nfields = sizeof fields / sizeof *fields;
enum { USER = 3 /* its number among them */ };

/* Does the program stand where the user should? Told. */
static bool no_user(struct conf *c, const struct word *w, bool *good)
{
    if (w->text[0] != '/')
        return false;
    *good = conf_error(c, &w->place, "the user is missing before %s", conf_quote(c, w->text));
    return true;
}

/* The line has only `have` of the fields. */
static bool early_end(struct conf *c, const struct word *end, size_t have)
{
    char missing[80];
    struct text t;

    text_init(&t, missing, sizeof missing);
    for (size_t i = have; i < nfields; i++)
        text_add(&t, "%s%s", i == have ? "" : i + 1 < nfields ? ", " : " and ", fields[i].name);
    return conf_error(c, &end->place, "the line ends early: missing %s", missing);
}

bool conf_classic(struct conf *c, struct lex *lx, struct draft *d, const struct word *service,
                  const struct word *second)
{
    struct word w = *second;
    bool good = conf_split_service(c, d, service), bad_word = false;
    size_t n = 0;

    for (; w.kind == LEX_WORD || w.kind == LEX_BAD; w = lex_word(lx)) {
        if (w.kind == LEX_BAD) {
            bad_word = true;
            (void)conf_error(c, &w.place, "%s", w.text); /* false is said below */
        } else if (n < nfields) {
            n += n == USER && no_user(c, &w, &good);
            good &= fields[n].set(c, d, &w) || fields[n].set == wait_field;
            n++;
        } else {
            good &= words_add(c, &d->args, &w);
        }
    }
    if (bad_word)
        return false;
    if (n < nfields)
        return early_end(c, &w, n);
    return good && conf_dialect(c, d);
}
