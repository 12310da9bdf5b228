/* ctl/import/systemd.c -- a socket unit of systemd to definitions: what listens */
#include "config.h"

#include "ctl/import/systemd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "base/value.h"
#include "ctl/import/systemd_rows.h"
#include "ctl/import/systemd_service.h"
#include "ctl/import/systemd_socket.h"

/* --- what listens ----------------------------------------------------------------------------- */

static const struct {
    const char *key, *socktype;
} kinds[] = {{"ListenStream", "stream"},
             {"ListenDatagram", "dgram"},
             {"ListenSequentialPacket", "seqpacket"},
             {"ListenFIFO", NULL},
             {"ListenSpecial", NULL},
             {"ListenNetlink", NULL},
             {"ListenMessageQueue", NULL},
             {"ListenUSBFunction", NULL}};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bool is_address(const char *host)
{
    struct in6_addr room;
    return inet_pton(strchr(host, ':') ? AF_INET6 : AF_INET, host, &room) == 1;
}

/* Where a Listen line leads. */
struct place {
    const char *socktype; /* NULL: nowhere that doorward knows */
    char protocol[8], host[128], port[8];
    const char *path; /* of a unix socket, else NULL */
};

/* PORT, ADDRESS:PORT or [ADDRESS]:PORT. False: it is none of them. */
static bool read_internet(const struct sysd_import *s, const char *at, struct place *p)
{
    const char *colon = strrchr(at, ':');
    const char *base = strcmp(p->socktype, "dgram") == 0 ? "udp" : "tcp", *family = "4";
    const char *only = unit_get(&s->socket, "Socket", "BindIPv6Only");
    bool six_only = only && strcmp(only, "ipv6-only") == 0;
    uint64_t port = 0;
    if (colon) {
        size_t len = (size_t)(colon - at);
        bool bracket = at[0] == '[' && len > 1 && at[len - 1] == ']';
        if (!text_fits(p->host, sizeof p->host, "%.*s", (int)(bracket ? len - 2 : len),
                       at + bracket))
            return false;
    }
    if ((*p->host && !is_address(p->host)) || strcmp(p->socktype, "seqpacket") == 0)
        return false;
    if ((!*p->host || strcmp(p->host, "::") == 0) && !six_only)
        family = "46"; /* one socket for both */
    else if (strchr(p->host, ':') || !*p->host)
        family = "6";
    return !value_number(colon ? colon + 1 : at, 1, 65535, &port) &&
           text_fits(p->port, sizeof p->port, "%u", (unsigned)port) &&
           text_fits(p->protocol, sizeof p->protocol, "%s%s", base, family);
}

/* Off, or refused, where it leads nowhere. */
static bool read_place(struct sysd_import *s, const struct unit_line *l, const char *socktype,
                       struct place *p)
{
    *p = (struct place){.socktype = socktype};
    const char *why = NULL;
    if (!socktype)
        why = "doorward has stream, dgram and seqpacket sockets.";
    else if (l->value[0] == '/' && strlen(l->value) > 107)
        why = "The path is too long for a socket.";
    else if (l->value[0] == '/')
        p->path = l->value;
    else if (strpbrk(l->value, "@%") || strncmp(l->value, "vsock:", 6) == 0)
        why = "doorward has IP addresses and paths: no abstract names, no vsock, no specifiers.";
    else if (!read_internet(s, l->value, p))
        why = "That is no address and port that doorward could bind.";
    s->tcp |= !why && !p->path && p->protocol[0] == 't';
    s->is_ip |= !why && !p->path;
    s->is_unix |= !why && p->path;
    if (why && s->accept)
        ctl_def_refuse(&s->def, "%s", why);
    else if (why)
        ctl_def_note(&s->def, "%s It is off until you decide.", why);
    if (why)
        s->def.off = true;
    return !why;
}

/* Owner and mode of a unix socket. */
static void map_owner(struct sysd_import *s)
{
    static const struct sysd_row rows[] = {
        {.name = "SocketUser", .map = sysd_word, .key = "unix_user"},
        {.name = "SocketGroup", .map = sysd_word, .key = "unix_group"},
        {.name = "SocketMode", .map = sysd_mode_key, .key = "unix_mode"}};
    for (size_t i = 0; s->is_unix && i < sizeof rows / sizeof rows[0]; i++) {
        const char *value = unit_get(&s->socket, "Socket", rows[i].name);
        if (value)
            rows[i].map(s, &rows[i], value);
    }
    if (s->is_unix)
        ctl_def_check_user(&s->def, unit_get(&s->socket, "Socket", "SocketUser"),
                           unit_get(&s->socket, "Socket", "SocketGroup"));
}

/* "%%" is systemd's way to say "%": so it is said here, where nothing else is to be expanded. */
static void take_percents(struct unit *u)
{
    for (size_t i = 0; i < u->count; i++) {
        struct unit_line *l = &u->lines[i];
        char *to = l->value;
        for (const char *at = l->value; !l->specifier && (at = strchr(at, '%')); at += 2)
            l->specifier = at[1] != '%';
        for (const char *at = l->value; *at && !l->specifier; at++) {
            *to++ = *at;
            at += *at == '%';
        }
        if (!l->specifier)
            *to = '\0';
    }
}

/* A value that systemd would expand: doorward does not. */
static void judge_specifiers(struct sysd_import *s, const struct unit *u)
{
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->lines[i].section, "Service") == 0 ||
            (strcmp(u->lines[i].section, "Socket") == 0 &&
             strncmp(u->lines[i].key, "Listen", 6) != 0))
            if (u->lines[i].specifier)
                ctl_def_weak(&s->def, "%s=%s: doorward knows no specifiers.", u->lines[i].key,
                             u->lines[i].value);
}

/* Without its condition a unit would run where it did not. */
static void judge_conditions(struct sysd_import *s, const struct unit *u)
{
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->lines[i].section, "Unit") == 0 &&
            (strncmp(u->lines[i].key, "Condition", 9) == 0 ||
             strncmp(u->lines[i].key, "Assert", 6) == 0))
            ctl_def_weak(&s->def, "%s=%s: doorward looks at no conditions.", u->lines[i].key,
                         u->lines[i].value);
}

/* What is about both units as a whole. */
static void judge_units(struct sysd_import *s)
{
    const struct unit *both[] = {&s->socket, &s->service};
    struct ctl_words sockets = {.at = NULL};
    for (size_t i = 0; i < 2; i++) {
        judge_specifiers(s, both[i]);
        judge_conditions(s, both[i]);
    }
    unit_words(&s->service, "Service", "Sockets", &sockets);
    if (!s->accept && (sockets.count > 1 || unit_get(&s->socket, "Socket", "Service")))
        ctl_def_weak(&s->def, "The service may have sockets of other units, too: put them all into"
                              " one listen.");
    ctl_words_free(&sockets);
}

/* What both units say, once it is known what listens. */
static void map_rest(struct sysd_import *s)
{
    judge_units(s);
    map_owner(s);
    ctl_def_key(&s->def, "wait", s->accept ? "no" : "yes");
    sysd_map_service(s);
    sysd_map_socket(s);
}

/* The unit's name without its end, in letters that names have; of several definitions the later
 * ones have a number behind it. */
static void unit_stem(const struct sysd_import *s, size_t number, char *out, size_t size)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
    const char *slash = strrchr(s->socket.path, '/'), *base = slash ? slash + 1 : s->socket.path;
    const char *dot = strrchr(base, '.');
    size_t len = dot ? (size_t)(dot - base) : strlen(base);
    char tail[24] = "";
    if (number > 0)
        (void)text_fits(tail, sizeof tail, "-%zu", number + 1); /* it does */
    if (!text_fits(out, size, "%.*s%s", (int)(len > 48 ? 48 : len), base, tail))
        *out = '\0'; /* there is room */
    for (char *at = out; *at; at++)
        if (!strchr(letters, *at) || (at == out && *at == '-'))
            *at = '_';
}

/* What doorwardctl export wrote, "-" for none; else the unit's own. */
static void put_name(struct sysd_import *s, size_t number)
{
    const char *given = unit_get(&s->socket, "Socket", "X-DoorwardName");
    char name[80];
    unit_stem(s, number, name, sizeof name);
    if (!given || number > 0)
        ctl_def_key(&s->def, "name", name);
    else if (strcmp(given, "-") != 0)
        ctl_def_key(&s->def, "name", given);
}

/* One Listen line to one definition: with Accept=yes, and where it was exported so. */
static void map_line(struct sysd_import *s, const struct unit_line *l, const char *socktype,
                     size_t number)
{
    struct place p;
    s->tcp = s->is_unix = s->is_ip = false;
    ctl_def_begin(&s->def);
    ctl_def_note(&s->def, "%s: %s=%s", s->socket.path, l->key, l->value);
    if (read_place(s, l, socktype, &p)) {
        ctl_def_key(&s->def, "socktype", socktype);
        ctl_def_key(&s->def, "protocol", p.path ? "unix" : p.protocol);
        if (*p.host)
            ctl_def_key(&s->def, "bind", p.host);
    }
    put_name(s, number);
    map_rest(s);
    ctl_def_end(&s->def, p.path ? p.path : *p.port ? p.port : "-");
}

/* As doorward writes it; empty where there is no room. */
static void put_endpoint(const struct place *p, struct ctl_words *listen)
{
    char word[300];
    bool six = strchr(p->host, ':');
    bool fits = p->path ? text_fits(word, sizeof word, "%s:%s", p->socktype, p->path)
                        : text_fits(word, sizeof word, "%s:%s%s%s%s%s", p->protocol, six ? "[" : "",
                                    p->host, six ? "]" : "", *p->host ? ":" : "", p->port);
    if (fits && !ctl_words_have(listen, word))
        ctl_words_add(listen, word, strlen(word));
}

/* systemd has bound an address beside the wildcard only where nobody was in its way; -t says no. */
static void judge_wildcards(struct sysd_import *s, const struct ctl_words *listen)
{
    for (size_t i = 0; i < listen->count; i++) {
        const char *any = listen->at[i], *port = strrchr(any, ':');
        bool bare = *any != 's' && *any != 'd' && strcspn(any, ":") == (size_t)(port - any);
        for (size_t j = 0; bare && j < listen->count; j++) {
            const char *at = listen->at[j], *other = strrchr(at, ':');
            if (j != i && strncmp(any, at, 3) == 0 && strcmp(port, other) == 0)
                ctl_def_refuse(&s->def, "%s has the address of %s, too.", any, at);
        }
    }
}

static size_t kind_of(const struct unit_line *l);

/* Accept=no: one service has what all lines listen at. */
static void map_service(struct sysd_import *s)
{
    struct ctl_words listen = {.at = NULL};
    char name[80];
    struct place p;
    s->tcp = s->is_unix = s->is_ip = false;
    ctl_def_begin(&s->def);
    for (size_t i = 0; i < s->socket.count; i++) {
        const struct unit_line *l = &s->socket.lines[i];
        size_t k = kind_of(l);
        if (k == KINDS)
            continue;
        ctl_def_note(&s->def, "%s: %s=%s", s->socket.path, l->key, l->value);
        if (read_place(s, l, kinds[k].socktype, &p))
            put_endpoint(&p, &listen);
    }
    judge_wildcards(s, &listen);
    if (listen.count == 0)
        ctl_def_refuse(&s->def, "Nothing is left to listen at.");
    ctl_def_list(&s->def, "listen", &listen);
    s->sockets = listen.count;
    ctl_words_free(&listen);
    map_rest(s);
    unit_stem(s, 0, name, sizeof name);
    ctl_def_end(&s->def, name);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* NAME.service, or NAME@.service where each connection has a process; Service= says otherwise. */
static bool read_service(struct sysd_import *s)
{
    const char *slash = strrchr(s->socket.path, '/'), *base = slash ? slash + 1 : s->socket.path;
    const char *given = unit_get(&s->socket, "Socket", "Service"), *dot = strrchr(base, '.');
    char name[256];
    size_t stem = dot ? (size_t)(dot - base) : strlen(base);
    if (!text_fits(name, sizeof name, "%.*s%s.service", (int)stem, base, s->accept ? "@" : ""))
        return false;
    return unit_read(&s->service, given ? given : name, s->socket.path);
}

/* The kind of a line; KINDS: it is none that listens. */
static size_t kind_of(const struct unit_line *l)
{
    size_t k = strcmp(l->section, "Socket") == 0 ? 0 : KINDS;
    while (k < KINDS && strcmp(l->key, kinds[k].key) != 0)
        k++;
    return k;
}

/* ADDRESS:PORT of a stream line, whose port is `*port` ("": any yet); the address, or NULL. */
static char *address_of(const struct unit_line *l, char *port, size_t size)
{
    const char *colon = strrchr(l->value, ':'), *start = l->value;
    if (strcmp(l->key, "ListenStream") != 0 || !colon || colon == start)
        return NULL;
    size_t len = (size_t)(colon - start);
    if (*start == '[' && start[len - 1] == ']') {
        start++;
        len -= 2;
    }
    char *host = ctl_copy(start, len);
    bool good = is_address(host) &&
                (*port ? strcmp(port, colon + 1) == 0 : text_fits(port, size, "%s", colon + 1));
    if (good)
        return host;
    free(host);
    return NULL;
}

/* Several addresses with one port, each with its family alone: they are one service, whose limits
 * hold for all of them. */
static bool one_service(const struct sysd_import *s, struct ctl_words *hosts, char *port,
                        size_t size)
{
    const char *only = unit_get(&s->socket, "Socket", "BindIPv6Only");
    for (size_t i = 0; i < s->socket.count; i++) {
        const struct unit_line *l = &s->socket.lines[i];
        char *host = kind_of(l) < KINDS ? address_of(l, port, size) : NULL;
        if (host)
            ctl_words_add(hosts, host, strlen(host));
        free(host);
    }
    return s->accept && s->lines > 1 && hosts->count == s->lines &&
           (!ctl_words_have(hosts, "::") || (only && strcmp(only, "ipv6-only") == 0));
}

static void map_together(struct sysd_import *s, const struct ctl_words *hosts, const char *port)
{
    bool all = hosts->count == 2 && ctl_words_have(hosts, "0.0.0.0") && ctl_words_have(hosts, "::");
    uint64_t number = 0;
    s->lines = 1;
    s->tcp = s->is_ip = true;
    ctl_def_begin(&s->def);
    ctl_def_note(&s->def, "%s: all of its sockets", s->socket.path);
    ctl_def_key(&s->def, "socktype", "stream");
    ctl_def_key(&s->def, "protocol", "tcp");
    if (!all)
        ctl_def_list(&s->def, "bind", hosts);
    if (value_number(port, 1, 65535, &number))
        ctl_def_refuse(&s->def, "That is no port that doorward could bind.");
    put_name(s, 0);
    map_rest(s);
    ctl_def_end(&s->def, port);
}

static void map_all(struct sysd_import *s)
{
    struct ctl_words hosts = {.at = NULL};
    char port[16] = "";
    for (size_t i = 0; i < s->socket.count; i++)
        s->lines += kind_of(&s->socket.lines[i]) < KINDS;
    s->sockets = 1;
    bool exported = s->lines == 1 && unit_get(&s->socket, "Socket", "X-DoorwardName");
    if (!s->accept && !exported && s->lines > 0)
        map_service(s);
    bool together = one_service(s, &hosts, port, sizeof port);
    if (together)
        map_together(s, &hosts, port);
    ctl_words_free(&hosts);
    for (size_t i = 0, n = 0; (s->accept || exported) && !together && i < s->socket.count; i++) {
        size_t k = kind_of(&s->socket.lines[i]);
        if (k < KINDS)
            map_line(s, &s->socket.lines[i], kinds[k].socktype, n++);
    }
}

int ctl_import_systemd(const char *path)
{
    static struct sysd_import s; /* large */
    int status = EX_CONFIG;
    if (!unit_read(&s.socket, path, NULL))
        return EX_CONFIG;
    s.accept = unit_yes(&s.socket, "Socket", "Accept");
    if (read_service(&s)) {
        ctl_comment("Made by doorwardctl import systemd from %s", s.socket.path);
        ctl_comment("and %s", s.service.path);
        ctl_comment("Look at what each comment says, then try it with doorward -t.");
        (void)putchar('\n'); /* main looks at stdout in the end */
        take_percents(&s.socket);
        take_percents(&s.service);
        map_all(&s);
        status = s.lines > 0 ? 0 : EX_CONFIG;
        if (status)
            ctl_complain("%s: no Listen line", s.socket.path);
    }
    unit_free(&s.socket);
    unit_free(&s.service);
    return status;
}
