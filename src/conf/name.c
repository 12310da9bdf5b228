/* conf/name.c -- names to numbers: ports and RPC programs */
#include "config.h"

#include "base/value.h"
#include "conf/name.h"

#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <string.h>

/* Searches of the whole database for a suggestion in one load: it may be far away. */
#define MOST_SEARCHES 20

void conf_names_open(const struct conf *c)
{
    if (!c->opt->offline)
        setservent(1);
}

void conf_names_close(struct conf *c)
{
    conf_forget_host(c);
    priv_forget();
    if (c->opt->offline)
        return;
    endservent();
    endpwent();
    endgrent();
}

/* --- ports ---------------------------------------------------------------------------------- */

static void set_name(struct conf_port *port, const char *name)
{
    if (!text_fits(port->name, sizeof port->name, "%s", name))
        port->name[0] = '\0'; /* longer than any builtin's: of no use */
}

void conf_port_name(const struct conf *c, const char *base, struct conf_port *port)
{
    const struct servent *se = c->opt->offline ? NULL : getservbyport(htons(port->port), base);

    port->name[0] = '\0';
    if (se != NULL)
        set_name(port, se->s_name);
    const struct builtin *b = se == NULL ? builtin_known(NULL, port->port) : NULL;
    if (b)
        set_name(port, b->name);
}

static bool unknown_service(struct conf *c, const struct word *w, const char *base)
{
    struct conf_near near = {.word = w->text};
    const struct servent *se;
    char best[64] = "";

    for (size_t i = 0; builtin_at(i); i++)
        conf_near_try(&near, builtin_at(i)->name);
    if (!c->opt->offline && c->searches < MOST_SEARCHES) {
        c->searches++;
        setservent(1);
        while ((se = getservent()) != NULL) {
            const char *before = near.best;
            if (strcmp(se->s_proto, base) != 0)
                continue;
            conf_near_try(&near, se->s_name);
            if (near.best == before)
                continue;
            /* getservent(3) writes over its answer. */
            near.best = text_fits(best, sizeof best, "%s", se->s_name) ? best : NULL;
        }
        setservent(1);
    }
    return conf_error(c, &w->place, "unknown service %s for %s%s", conf_quote(c, w->text), base,
                      conf_hint(c, &near));
}

bool conf_port_find(struct conf *c, const struct word *w, const char *base, struct conf_port *found)
{
    const struct servent *se;
    uint64_t n = 0;

    *found = (struct conf_port){.port = 0};
    if (*w->text != '\0' && w->text[strspn(w->text, "0123456789")] == '\0') {
        enum value_fault wrong = value_number(w->text, 1, 65535, &n);
        found->port = (uint16_t)n;
        return !wrong || conf_bad_value(c, w, "port", wrong, 1, 65535);
    }
    se = c->opt->offline ? NULL : getservbyname(w->text, base);
    if (se != NULL) {
        found->port = ntohs((uint16_t)se->s_port);
        set_name(found, se->s_name);
        return true;
    }
    const struct builtin *b = builtin_known(w->text, 0);
    if (b) {
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
    const struct rpcent *re;

    if (*w->text >= '0' && *w->text <= '9') {
        enum value_fault wrong = value_number(w->text, 1, UINT32_MAX, &n);
        *program = (uint32_t)n;
        return !wrong || conf_bad_value(c, w, "RPC program", wrong, 1, UINT32_MAX);
    }
    re = c->opt->offline ? NULL : getrpcbyname(w->text);
    if (re == NULL)
        return conf_error(c, &w->place, "unknown RPC program %s", conf_quote(c, w->text));
    *program = (uint32_t)re->r_number;
    return true;
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

    if (slash == NULL || slash[1] == '\0')
        return conf_error(c, &d->service.place,
                          "RPC service %s lacks a version: NAME/VERSION or NAME/LOW-HIGH",
                          conf_quote(c, text));
    size_t at = (size_t)(slash + 1 - text), len = strcspn(slash + 1, "-");
    struct word name = draft_cut(c, d, &d->service, 0, at - 1);
    struct word lo = draft_cut(c, d, &d->service, at, len), hi = lo;
    if (slash[1 + len] == '-')
        hi = draft_cut(c, d, &d->service, at + len + 1, strlen(slash + len + 2));
    if (name.text == NULL || lo.text == NULL || hi.text == NULL)
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
