/* conf/name.c -- names to numbers: ports and RPC programs */
#include "config.h"

#include "base/value.h"
#include "conf/ask.h"
#include "conf/name.h"

#include <string.h>

/* Searches of the whole database for a suggestion in one load: it may be far away. */
#define MOST_SEARCHES 20

/* --- ports ---------------------------------------------------------------------------------- */

static void set_name(struct conf_port *port, const char *name)
{
    if (!text_fits(port->name, sizeof port->name, "%s", name))
        port->name[0] = '\0'; /* longer than any builtin's: of no use */
}

/* What is known of a service. False: told. `*known`: it is. */
static bool take_service(struct conf *c, const struct word *w, const struct answer *a,
                         struct conf_port *port, bool *known)
{
    *known = !a->failed && a->len > sizeof port->port;
    if (a->failed)
        return conf_error(c, &w->place, "service %s: %s", conf_quote(c, w->text), a->bytes);
    if (*known) {
        memcpy(&port->port, a->bytes, sizeof port->port);
        set_name(port, a->bytes + sizeof port->port);
    }
    return true;
}

bool conf_port_name(struct conf *c, const struct word *w, const char *base, struct conf_port *port)
{
    struct conf_port found = *port;
    char number[8];
    bool known;

    port->name[0] = '\0';
    if (!text_fits(number, sizeof number, "%u", port->port))
        return true; /* it does */
    struct answer a = ask(c->ask, ASK_PORT, number, base);
    if (!take_service(c, w, &a, &found, &known))
        return false;
    if (known)
        set_name(port, found.name);
    const struct builtin *b = known ? NULL : builtin_known(NULL, port->port);
    if (b)
        set_name(port, b->name);
    return true;
}

static bool unknown_service(struct conf *c, const struct word *w, const char *base)
{
    struct conf_near near = {.word = w->text};
    struct answer a;

    for (size_t i = 0; builtin_at(i); i++)
        conf_near_try(&near, builtin_at(i)->name);
    if (c->searches++ < MOST_SEARCHES) {
        a = ask(c->ask, ASK_SIMILAR, w->text, base);
        if (!a.failed && a.len > 0)
            conf_near_try(&near, a.bytes);
    }
    return conf_error(c, &w->place,
                      "unknown service %s for %s%s: write a number, or add it to /etc/services",
                      conf_quote(c, w->text), base, conf_hint(c, &near));
}

bool conf_port_find(struct conf *c, const struct word *w, const char *base, struct conf_port *found)
{
    uint64_t n = 0;
    bool known;

    *found = (struct conf_port){.port = 0};
    if (*w->text != '\0' && w->text[strspn(w->text, "0123456789")] == '\0') {
        enum value_fault wrong = value_number(w->text, 1, 65535, &n);
        found->port = (uint16_t)n;
        return !wrong || conf_bad_value(c, w, "port", wrong, 1, 65535);
    }
    struct answer a = ask(c->ask, ASK_SERVICE, w->text, base);
    if (!take_service(c, w, &a, found, &known) || known)
        return known;
    const struct builtin *b = builtin_known(w->text, 0);
    if (b && b->port > 0) {
        found->port = (uint16_t)b->port;
        set_name(found, b->name);
        return true;
    }
    return unknown_service(c, w, base);
}

/* --- RPC ------------------------------------------------------------------------------------- */

#ifdef HAVE_TIRPC
static bool rpc_program(struct conf *c, const struct word *w, uint32_t *program)
{
    uint64_t n = 0;

    if (*w->text >= '0' && *w->text <= '9') {
        enum value_fault wrong = value_number(w->text, 1, UINT32_MAX, &n);
        *program = (uint32_t)n;
        return !wrong || conf_bad_value(c, w, "RPC program", wrong, 1, UINT32_MAX);
    }
#ifndef HAVE_GETRPCBYNAME
    return conf_error(c, &w->place,
                      "RPC program %s: this C library knows no names of them, give its number",
                      conf_quote(c, w->text));
#else
    struct answer a = ask(c->ask, ASK_RPC, w->text, NULL);
    if (a.failed)
        return conf_error(c, &w->place, "RPC program %s: %s", conf_quote(c, w->text), a.bytes);
    if (a.len < sizeof *program)
        return conf_error(c, &w->place, "unknown RPC program %s", conf_quote(c, w->text));
    memcpy(program, a.bytes, sizeof *program);
    return true;
#endif
}

static bool rpc_version(struct conf *c, const struct word *w, uint16_t *version)
{
    uint64_t n = 0;
    enum value_fault wrong = value_number(w->text, 1, UINT16_MAX, &n);

    *version = (uint16_t)n;
    return !wrong || conf_bad_value(c, w, "RPC version", wrong, 1, UINT16_MAX);
}

bool conf_rpc_find(struct conf *c, struct draft *d, struct conf_rpc *found)
{
    const char *text = d->service.text, *slash = strchr(text, '/');

    if (!slash || slash[1] == '\0')
        return conf_error(c, &d->service.place,
                          "RPC service %s lacks a version: NAME/VERSION or NAME/LOW-HIGH",
                          conf_quote(c, text));
    size_t at = (size_t)(slash + 1 - text), len = strcspn(slash + 1, "-");
    struct word name = draft_cut(c, d, &d->service, 0, at - 1);
    struct word lo = draft_cut(c, d, &d->service, at, len), hi = lo;
    if (slash[1 + len] == '-')
        hi = draft_cut(c, d, &d->service, at + len + 1, strlen(slash + len + 2));
    if (!name.text || !lo.text || !hi.text)
        return false;
    if (!rpc_program(c, &name, &found->program) || !rpc_version(c, &lo, &found->lo) ||
        !rpc_version(c, &hi, &found->hi))
        return false;
    return found->lo <= found->hi ||
           conf_error(c, &lo.place, "RPC versions %s run backwards", conf_quote(c, slash + 1));
}
#else
bool conf_rpc_find(struct conf *c, struct draft *d, struct conf_rpc *found)
{
    (void)found; /* there is none */
    return conf_error(c, &d->protocol.place, "RPC is not supported in this build");
}
#endif
