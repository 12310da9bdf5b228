/* daemon/export/export.c -- --export-systemd: entries as units of systemd */
#include "config.h"

#include "daemon/export/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/export/keys.h"
#include "daemon/export/unit.h"
#include "daemon/report.h"

static const char made[] = "# Made by doorwardctl export systemd";

/* What is done with all entries. */
struct job {
    const char *folder; /* NULL: stdout */
    bool named;         /* an entry was asked for */
    int status;
};

/* A socket unit: some of an entry's sockets. */
struct part {
    uint64_t which;      /* by their places */
    size_t number;       /* in its name; 0: it is the only one */
    const char *service; /* that of another unit is its own, by this name; NULL: it has one */
    const char *sockets; /* the units of that one, where there are more; NULL: by its name */
};

/* --- what it listens on ----------------------------------------------------------------------- */

static const char *listen_key(const struct listener *l)
{
    switch (l->socktype) {
    case SOCK_DGRAM:
        return "ListenDatagram";
    case SOCK_SEQPACKET:
        return "ListenSequentialPacket";
    default:
        return "ListenStream";
    }
}

/* What IPv6 sockets of a unit are is said once. */
static bool is_v6(const struct listener *l)
{
    return l->mode == MODE_V6ONLY || l->mode == MODE_DUAL;
}

/* Those in `which`, by their places. */
static void put_listen(struct unit *u, uint64_t which)
{
    const struct listener *six = NULL;
    for (size_t i = 0; i < u->service->nlisteners; i++) {
        const struct listener *l = service_listeners(u->service)[i];
        char at[ADDR_TEXT];
        if (i < ENTRY_SOCKETS && !(which >> i & 1)) /* who has more has all in one */
            continue;
        (void)fprintf(u->socket, "%s=", listen_key(l)); /* looked at in the end */
        unit_value(u->socket, listener_address(l, at));
        (void)fputc('\n', u->socket);
        six = is_v6(l) ? l : six;
    }
    if (six)
        (void)fprintf(u->socket, "BindIPv6Only=%s\n",
                      six->mode == MODE_DUAL ? "both" : "ipv6-only");
}

/* That of the first of `which` is that of all. */
static void put_name(struct unit *u, uint64_t which)
{
    size_t i = 0;
    while (!(which >> i & 1))
        i++;
    (void)fputs("FileDescriptorName=", u->socket); /* looked at in the end */
    unit_value(u->socket, u->service->entry->names[i]);
    (void)fputc('\n', u->socket);
}

static void put_owner(struct unit *u)
{
    if (!(service_protos(u->service) & 1U << PROTO_UNIX))
        return;
    if (u->set->owner.user)
        (void)fprintf(u->socket, "SocketUser=%s\n", u->set->owner.user);
    if (u->set->owner.group)
        (void)fprintf(u->socket, "SocketGroup=%s\n", u->set->owner.group);
}

static void put_socket(struct unit *u, const struct part *part)
{
    const struct service *s = u->service;
    uint32_t most = u->set->limits.accept_max;
    put_listen(u, part->which);
    if (part->service)
        (void)fprintf(u->socket, "Service=%s.service\n", part->service);
    if (s->entry->names && !u->accept)
        put_name(u, part->which);
    (void)fprintf(u->socket, "Accept=%s\n", u->accept ? "yes" : "no");
    if (u->accept)
        (void)fprintf(u->socket, "MaxConnections=%" PRIu32 "\n", most ? most : UINT32_MAX);
    if (u->set->limits.service_max.interval == 0)
        (void)fputs("TriggerLimitIntervalSec=0\n", u->socket);
    (void)fprintf(u->socket, "X-DoorwardName=%s\n",
                  s->entry->name != s->entry->word || (s->entry->names && s->nlisteners > 1)
                      ? s->entry->name
                      : "-");
    put_owner(u);
}

/* --- what it runs ----------------------------------------------------------------------------- */

static void put_command(struct unit *u)
{
    const struct program *p = u->service->entry->program;
    (void)fputs(u->accept ? "ExecStart=-@" : "ExecStart=@", u->handler);
    unit_word(u->handler, p->path, false); /* no variable there */
    for (size_t i = 0; p->argv[i]; i++) {
        (void)fputc(' ', u->handler);
        unit_word(u->handler, p->argv[i], true);
    }
    (void)fputc('\n', u->handler);
}

/* systemd adds groups to those of the database, here they stand in their place. */
static void put_groups(struct unit *u, const struct priv *who)
{
    enum priv_fault fault;
    struct priv *own = priv_find(who->user, who->group, &fault);
    bool more = !own;
    for (size_t i = 0; own && i < own->ngroups; i++) {
        size_t j = 0;
        while (j < who->ngroups && who->groups[j] != own->groups[i])
            j++;
        more |= j == who->ngroups;
    }
    priv_unref(own);
    if (more)
        unit_refuse(u, "groups: %s has others in group(5), which systemd would add.", who->user);
    (void)fputs("SupplementaryGroups=", u->handler);
    for (const char *at = who->others; *at; at++)
        (void)fputc(*at == ',' ? ' ' : *at, u->handler);
    (void)fputc('\n', u->handler);
}

static void put_handler(struct unit *u)
{
    static const char *const errors[] = {
        [STDERR_SOCKET] = "socket", [STDERR_LOG] = "journal", [STDERR_NULL] = "null"};
    const struct priv *who = u->set->who;
    put_command(u);
    if (u->service->entry->names)
        (void)fprintf(u->handler, "StandardInput=null\nStandardOutput=%s\n",
                      errors[u->set->handler.stdout_to]);
    else
        (void)fputs("StandardInput=socket\nStandardOutput=socket\n", u->handler);
    (void)fprintf(u->handler, "StandardError=%s\n", errors[u->set->handler.stderr_to]);
    (void)fprintf(u->handler, "User=%s\n", who->user);
    if (who->group)
        (void)fprintf(u->handler, "Group=%s\n", who->group);
    if (who->others)
        put_groups(u, who);
}

/* --- what cannot be -------------------------------------------------------------------------- */

static void judge(struct unit *u)
{
    const struct entry *e = u->service->entry;
    if (e->program->builtin)
        unit_leave(u, "%s is builtin: systemd has no such service.", e->program->builtin->name);
    else if (e->proto == PROTO_TCPMUX)
        unit_leave(u, "tcpmux: systemd has none.");
    else if (e->rpc_prog)
        unit_leave(u, "Sun RPC: systemd tells rpcbind nothing.");
    else if (u->accept && e->socktype == SOCK_DGRAM)
        unit_leave(u, "A nowait service of datagrams: systemd makes no socket for each peer.");
}

/* --- the files -------------------------------------------------------------------------------- */

/* Where nobody else's unit stands. */
static bool is_free(const char *path)
{
    char start[sizeof made];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT;
    ssize_t n = read(fd, start, sizeof made - 1);
    (void)close(fd); /* only read from */
    errno = EEXIST;
    return n == sizeof made - 1 && memcmp(start, made, sizeof made - 1) == 0;
}

static bool write_file(const char *path, const char *text)
{
    char beside[4096];
    if (!is_free(path))
        return false;
    if (!text_fits(beside, sizeof beside, "%s.new", path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    bool good = f && fputs(text, f) >= 0 && fflush(f) == 0;
    if (f && fclose(f) != 0)
        good = false;
    else if (!f && fd >= 0)
        (void)close(fd); /* nothing was written */
    if (good && rename(beside, path) == 0)
        return true;
    int error = errno;
    (void)unlink(beside); /* of no use */
    errno = error;
    return false;
}

static void put_file(struct job *job, const char *name, const char *text)
{
    char path[4096];
    if (!job->folder) {
        (void)printf("### %s\n%s\n", name, text); /* looked at in the end */
    } else if (text_fits(path, sizeof path, "%s/%s", job->folder, name) && write_file(path, text)) {
        (void)printf("%s\n", path);
    } else {
        (void)fprintf(stderr, "doorward: %s/%s: %s\n", job->folder, name, strerror(errno));
        job->status = EXIT_FAILURE;
    }
}

/* A text of its own; NULL: out of memory. */
static char *join(const struct unit *u, const char *head, const char *body, const char *tail)
{
    size_t size =
        sizeof made + strlen(u->text[0]) + strlen(head) + strlen(body) + strlen(tail) + 256;
    const struct entry *e = u->service->entry;
    char *text = malloc(size + strlen(e->file) + strlen(e->name));
    struct text t;
    if (!text)
        return NULL;
    text_init(&t, text, size + strlen(e->file) + strlen(e->name));
    text_add(&t, "%s.\n%s\n[Unit]\nDescription=", made, u->text[0]);
    for (const char *at = e->name; *at; at++) /* no specifier, no line of its own */
        text_add(&t, "%c", *at == '%' || (unsigned char)*at < ' ' ? '?' : *at);
    text_add(&t, " (%s)\n%s%s%s", service_proto_name(u->service), head, body, tail);
    return text;
}

static void put_unit(struct job *job, const struct unit *u, const char *file, const char *head,
                     const char *body, const char *tail)
{
    char *text = join(u, head, body, tail);
    if (text)
        put_file(job, file, text);
    else
        job->status = EX_OSERR;
    free(text);
}

static void put_units(struct job *job, const struct unit *u, const char *name, bool service)
{
    static const char never[] = "# It would be open wider than the entry: see above.\n"
                                "AssertPathExists=!/\n";
    const char *stop = u->refused ? never : "";
    char head[256], file[512];
    /* They fit: a name has at most 300 bytes. */
    (void)text_fits(head, sizeof head, "%s\n[Socket]\n", stop);
    (void)text_fits(file, sizeof file, "%s.socket", name);
    put_unit(job, u, file, head, u->text[1], "\n[Install]\nWantedBy=sockets.target\n");
    if (!service)
        return;
    /* The next client starts it again, however often. */
    (void)text_fits(head, sizeof head, "%s%s\n[Service]\n",
                    u->accept ? "" : "StartLimitIntervalSec=0\n", stop);
    (void)text_fits(file, sizeof file, "%s%s.service", name, u->accept ? "@" : "");
    put_unit(job, u, file, head, u->text[2], "");
}

/* --- an entry --------------------------------------------------------------------------------- */

/* Its name, with the protocol where it has none of its own, as the name of a unit. */
static void unit_name(const struct service *s, size_t number, char *out, size_t size)
{
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.-";
    const struct entry *e = s->entry;
    struct text t;
    text_init(&t, out, size);
    const char *name = e->name + (e->name[0] == '/');
    for (const char *at = name; *at && t.len < 200; at++)
        text_add(&t, "%c", strchr(fine, *at) ? *at : '-');
    if (e->name == e->word && !e->names)
        text_add(&t, "-%s", service_proto_name(s));
    if (number > 0)
        text_add(&t, "-%zu", number);
}

static void tell_left(struct job *job, const struct unit *u)
{
    const struct entry *e = u->service->entry;
    (void)printf("# %s/%s (%s:%u) is left out:\n%s\n", e->name, service_proto_name(u->service),
                 e->file, e->line, u->text[0]);
    if (job->named)
        (void)fprintf(stderr, "doorward: %s/%s is left out:\n%s", e->name,
                      service_proto_name(u->service), u->text[0]); /* nobody else to tell */
}

static void fill(struct unit *u, const struct part *part)
{
    put_socket(u, part);
    put_handler(u);
    if (part->sockets)
        (void)fprintf(u->handler, "Sockets=%s\n", part->sockets);
    if (u->accept && u->service->entry->names)
        unit_note(u, "names: LISTEN_FDNAMES calls a connection \"connection\" there.");
}

static void export_one(struct job *job, const struct service *s, const struct part *part)
{
    struct unit u;
    char name[512];
    bool good = unit_begin(&u, s);
    if (good)
        judge(&u);
    if (good && !u.left) {
        fill(&u, part);
        good = export_keys(&u);
    }
    good = unit_end(&u) && good;
    unit_name(s, part->number, name, sizeof name);
    if (!good)
        job->status = EX_OSERR;
    else if (u.left)
        tell_left(job, &u);
    else
        put_units(job, &u, name, !part->service);
    if (good && job->named && (u.left || u.refused) && job->status == 0)
        job->status = EXIT_FAILURE;
    if (good && !u.left && u.refused)
        (void)fprintf(stderr, "doorward: %s.socket refuses to start:\n%s", name, u.text[0]);
    unit_free(&u);
}

/* May two sockets of a handler be in one unit? Their name is the unit's, and what IPv6 means. */
static bool fits(const struct service *s, size_t a, size_t b)
{
    const struct listener *l = service_listeners(s)[a], *m = service_listeners(s)[b];
    return strcmp(s->entry->names[a], s->entry->names[b]) == 0 &&
           (!is_v6(l) || !is_v6(m) || l->mode == m->mode);
}

static bool fits_all(const struct service *s, uint64_t which, size_t b)
{
    for (size_t a = 0; a < b; a++)
        if (which >> a & 1 && !fits(s, a, b))
            return false;
    return true;
}

/* As few units as can be for the sockets of one handler; how many. */
static size_t share_out(const struct service *s, uint64_t units[static ENTRY_SOCKETS])
{
    size_t count = 0;
    for (size_t i = 0; i < s->nlisteners; i++) {
        size_t at = 0;
        while (at < count && !fits_all(s, units[at], i))
            at++;
        units[at] = (at < count ? units[at] : 0) | UINT64_C(1) << i;
        count = at < count ? count : at + 1;
    }
    return count;
}

/* One handler for all: one service, and its units of sockets. */
static void export_together(struct job *job, const struct service *s)
{
    uint64_t units[ENTRY_SOCKETS];
    size_t count = share_out(s, units);
    char first[512], name[512], all[ENTRY_SOCKETS * 300];
    struct text t;
    text_init(&t, all, sizeof all);
    for (size_t i = 0; i < count; i++) {
        unit_name(s, i ? i + 1 : 0, name, sizeof name);
        text_add(&t, "%s%s.socket", i ? " " : "", name);
    }
    unit_name(s, 0, first, sizeof first);
    for (size_t i = 0; i < count; i++)
        export_one(job, s,
                   &(struct part){.which = units[i],
                                  .number = i ? i + 1 : 0,
                                  .service = i ? first : NULL,
                                  .sockets = !i && count > 1 ? all : NULL});
}

/* systemd starts one service for all sockets of a unit that does not accept; with one socket as
 * standard input we start one for each. */
static void export_service(struct job *job, const struct service *s)
{
    const struct entry *e = s->entry;
    bool apart = e->wait && s->nlisteners > 1 && !e->program->builtin && !e->names;
    if (e->wait && e->names && s->nlisteners > 0)
        export_together(job, s);
    else if (!apart)
        export_one(job, s, &(struct part){.which = UINT64_MAX});
    for (size_t i = 0; apart && i < s->nlisteners; i++)
        export_one(job, s, &(struct part){.which = UINT64_C(1) << i, .number = i + 1});
}

int export_systemd(const struct server_options *o, const char *folder, const char *name)
{
    struct job job = {.folder = strcmp(folder, "-") == 0 ? NULL : folder, .named = name};
    struct conf_options conf = o->conf;
    size_t errors = 0, found = 0;
    conf.all = name;
    struct table *t = conf_load(o->paths, o->npaths, &conf, &report_stderr, &errors);
    if (!t)
        return EX_OSERR; /* out of memory, which is told */
    for (size_t i = 0; i < t->count; i++) {
        if (name && !service_is_named(t->services[i], name))
            continue;
        export_service(&job, t->services[i]);
        found++;
    }
    table_free(t);
    if (name && found == 0) {
        (void)fprintf(stderr, "doorward: no entry is named \"%s\"\n", name);
        return EXIT_FAILURE;
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        return EX_IOERR;
    return job.status ? job.status : errors > 0 ? EX_CONFIG : 0;
}
