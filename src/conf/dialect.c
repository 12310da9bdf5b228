/* conf/dialect.c -- classic lines as Solaris, HP-UX, AIX, IRIX and BusyBox have them */
#include "config.h"

#include "conf/ask.h"
#include "conf/dialect.h"

#include <string.h>

static bool all_of(const char *text, const char *set)
{
    return *text && text[strspn(text, set)] == '\0';
}

/* --- Sun RPC: HP-UX, AIX --------------------------------------------------------------------- */

/* `rpc dgram udp wait root /usr/lib/rpc.rstatd 100001 2-4 rpc.rstatd` */
static bool hpux(struct conf *c, struct draft *d)
{
    const struct words *args = &d->args;

    if (strcmp(d->service.text, "rpc") != 0 || args->count < 2 ||
        !all_of(args->at[0].text, "0123456789") || !all_of(args->at[1].text, "0123456789-"))
        return true;
    return conf_error(c, &d->service.place,
                      "an RPC service of HP-UX: write \"%.20s/%.20s %s rpc/%s\", and only the "
                      "program's name and arguments behind its path",
                      args->at[0].text, args->at[1].text, d->socktype.text, d->protocol.text);
}

/* `rstatd sunrpc_udp udp wait root /usr/sbin/rpc.rstatd rstatd 100001 1-3` */
static bool aix(struct conf *c, struct draft *d)
{
    static const char prefix[] = "sunrpc_";
    const struct words *args = &d->args;
    const char *base = d->socktype.text + strlen(prefix);

    if (strncmp(d->socktype.text, prefix, strlen(prefix)) != 0)
        return true;
    bool numbered = args->count >= 3 && all_of(args->at[1].text, "0123456789") &&
                    all_of(args->at[2].text, "0123456789-");
    return conf_error(c, &d->socktype.place,
                      "%s is AIX's: write \"%.20s/%.20s %s rpc/%.20s\", without the numbers at the "
                      "line's end",
                      conf_quote(c, d->socktype.text), numbered ? args->at[1].text : "NUMBER",
                      numbered ? args->at[2].text : "VERSIONS",
                      strcmp(base, "tcp") == 0 ? "stream" : "dgram", base);
}

/* --- transports: Solaris --------------------------------------------------------------------- */

static const struct transport {
    const char *name, *write; /* NULL: there is nothing to write */
} transports[] = {
    {"datagram_v", "\"rpc/udp\""},
    {"datagram_n", "\"rpc/udp\""},
    {"circuit_v", "\"rpc/tcp\""},
    {"circuit_n", "\"rpc/tcp\""},
    {"*", "\"rpc/tcp,udp\""},
    {"visible", "\"rpc/tcp,udp\""},
    {"netpath", "\"rpc/tcp,udp\""},
    {"ticlts", NULL},
    {"ticots", NULL},
    {"ticotsord", NULL},
};

/* NULL: it is none. */
static const struct transport *transport(const char *name)
{
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
        if (strcmp(transports[i].name, name) == 0)
            return &transports[i];
    return NULL;
}

/* What stands behind "rpc/"; "" where it is no RPC. */
static const char *rpc_transport(const struct draft *d)
{
    return strncmp(d->protocol.text, "rpc/", 4) == 0 ? d->protocol.text + 4 : "";
}

static bool solaris_transport(struct conf *c, struct draft *d)
{
    const struct transport *t = transport(rpc_transport(d));

    if (!t)
        return true;
    if (t->write)
        return conf_error(c, &d->protocol.place, "%s is Solaris': write %s",
                          conf_quote(c, d->protocol.text), t->write);
    return conf_error(c, &d->protocol.place,
                      "%s is Solaris', a transport inside one machine: leave the entry out",
                      conf_quote(c, d->protocol.text));
}

/* The transport's own type of socket, as Solaris' "tli" says it. */
static bool tli(struct conf *c, struct draft *d)
{
    if (strcmp(d->socktype.text, "tli") == 0)
        d->socktype.text = NULL;
    else if (d->also.text && strncmp(d->also.text, d->protocol.text, strlen("rpc/tcp")) != 0)
        return conf_error(c, &d->socktype.place, "socket type %s does not fit both protocols",
                          conf_quote(c, d->socktype.text));
    return true;
}

bool conf_second_protocol(struct conf *c, struct draft *d, const struct word *w)
{
    const struct proto_word *p;
    bool rpc = strncmp(d->protocol.text, "rpc/", 4) == 0;

    if (d->also.text)
        return conf_error(c, &w->place, "%s is a protocol too many: write an entry for each",
                          conf_quote(c, w->text));
    if (rpc && (transport(rpc_transport(d)) || transport(w->text)))
        return conf_error(c, &d->protocol.place, "%s with %s is Solaris': write \"rpc/tcp,udp\"",
                          conf_quote(c, d->protocol.text), conf_quote(c, w->text));
    for (size_t i = 0; rpc && (p = proto_word_at(i)); i++)
        if (p->rpc && strcmp(p->name + strlen("rpc/"), w->text) == 0)
            d->also = (struct word){.place = w->place, .text = p->name};
    return d->also.text;
}

/* --- programs: IRIX, BusyBox ----------------------------------------------------------------- */

/* `?/usr/etc/ftpd`: no word about it if it is missing. Ours is a warning. */
static bool irix(struct conf *c, struct draft *d)
{
    const char *text = d->program.text;

    if (text[0] != '?' || text[1] != '/')
        return true;
    d->program = draft_cut(c, d, &d->program, 1, strlen(text + 1));
    return d->program.text;
}

/* Is there such a file, with such a string? */
static bool has(struct conf *c, const char *path, const char *string)
{
    struct answer a = ask(c->ask, ASK_STRING, path, string);
    return !a.failed && a.len > 0;
}

const char *conf_find_program(struct conf *c, const char *name, char *out, size_t size)
{
    static const char busybox[] = "/bin/busybox";
    static const char *const folders[] = {
        "/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec",
        "/sbin",     "/bin"};

    if (strchr(name, '/') || !*name)
        return "";
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[300];
        if (text_fits(path, sizeof path, "%s/%s", folders[i], name) && has(c, path, NULL) &&
            text_fits(out, size, ": write \"%s\"", path))
            return out;
    }
    if (has(c, busybox, name) && text_fits(out, size, ": write \"%s %s\"", busybox, name))
        return out;
    return "";
}

/* --- all ------------------------------------------------------------------------------------- */

bool conf_dialect(struct conf *c, struct draft *d)
{
    static bool (*const dialects[])(struct conf * c,
                                    struct draft * d) = {hpux, aix, solaris_transport, tli, irix};

    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (!dialects[i](c, d))
            return false;
    return true;
}
