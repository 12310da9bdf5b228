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

/* PORT, ADDRESS:PORT or [ADDRESS]:PORT. False: it is none of them. */
static bool map_internet(struct sysd_import *s, const char *at, const char *socktype, char *service,
                         size_t size)
{
    const char *colon = strrchr(at, ':');
    const char *base = strcmp(socktype, "dgram") == 0 ? "udp" : "tcp", *family = "";
    const char *only = unit_get(&s->socket, "Socket", "BindIPv6Only");
    bool six_only = only && strcmp(only, "ipv6-only") == 0;
    char host[128] = "";
    if (colon) {
        size_t len = (size_t)(colon - at);
        bool bracket = at[0] == '[' && len > 1 && at[len - 1] == ']';
        if (!text_fits(host, sizeof host, "%.*s", (int)(bracket ? len - 2 : len), at + bracket))
            return false;
    }
    if (*host && !is_address(host))
        return false;
    if ((!*host || strcmp(host, "::") == 0) && !six_only)
        family = "46"; /* one socket for both */
    else if (strchr(host, ':') || !*host)
        family = "6";
    else if (*host)
        family = "4";
    ctl_def_key(&s->def, "socktype", socktype);
    ctl_def_raw(&s->def, "protocol", "%s%s", base, family);
    if (*host)
        ctl_def_key(&s->def, "bind", host);
    s->tcp = strcmp(base, "tcp") == 0;
    return text_fits(service, size, "%s", colon ? colon + 1 : at);
}

static void map_unix(struct sysd_import *s, const char *path, const char *socktype, char *service,
                     size_t size)
{
    static const struct sysd_row rows[] = {
        {.name = "SocketUser", .map = sysd_word, .key = "unix_user"},
        {.name = "SocketGroup", .map = sysd_word, .key = "unix_group"},
        {.name = "SocketMode", .map = sysd_mode_key, .key = "unix_mode"}};
    s->is_unix = true;
    ctl_def_key(&s->def, "socktype", socktype);
    ctl_def_key(&s->def, "protocol", "unix");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *value = unit_get(&s->socket, "Socket", rows[i].name);
        if (value)
            rows[i].map(s, &rows[i], value);
    }
    ctl_def_check_user(&s->def, unit_get(&s->socket, "Socket", "SocketUser"),
                       unit_get(&s->socket, "Socket", "SocketGroup"));
    if (!text_fits(service, size, "%s", path) || strlen(path) > 107)
        ctl_def_refuse(&s->def, "The path is too long for a socket.");
}

/* A value that systemd would expand: doorward does not, and "%%" is systemd's way to say "%". */
static void judge_specifiers(struct sysd_import *s, const struct unit *u)
{
    for (size_t i = 0; i < u->count; i++)
        if (strcmp(u->lines[i].section, "Service") == 0 ||
            (strcmp(u->lines[i].section, "Socket") == 0 &&
             strncmp(u->lines[i].key, "Listen", 6) != 0))
            if (strchr(u->lines[i].value, '%'))
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
    if (!s->accept &&
        (s->lines > 1 || sockets.count > 1 || unit_get(&s->socket, "Socket", "Service")))
        ctl_def_weak(&s->def, "systemd starts one service for all sockets that are its own;"
                              " doorward would start one for each.");
    ctl_words_free(&sockets);
}

/* One Listen line to one definition. */
static void map_line(struct sysd_import *s, const struct unit_line *l, const char *socktype)
{
    char service[512] = "-";
    uint64_t port = 0;
    s->tcp = s->is_unix = false;
    ctl_def_begin(&s->def);
    ctl_def_note(&s->def, "%s: %s=%s", s->socket.path, l->key, l->value);
    judge_units(s);
    if (!socktype) {
        ctl_def_refuse(&s->def, "doorward has stream, dgram and seqpacket sockets.");
    } else if (l->value[0] == '/') {
        map_unix(s, l->value, socktype, service, sizeof service);
    } else if (strpbrk(l->value, "@%") || strncmp(l->value, "vsock:", 6) == 0) {
        ctl_def_refuse(&s->def, "doorward has IP addresses and paths: no abstract names, no vsock,"
                                " no specifiers.");
    } else if (!map_internet(s, l->value, socktype, service, sizeof service) ||
               value_number(service, 1, 65535, &port) || strcmp(socktype, "seqpacket") == 0) {
        ctl_def_refuse(&s->def, "That is no address and port that doorward could bind.");
    }
    ctl_def_key(&s->def, "wait", s->accept ? "no" : "yes");
    sysd_map_service(s);
    sysd_map_socket(s);
    ctl_def_end(&s->def, service);
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

static void map_all(struct sysd_import *s)
{
    for (size_t i = 0; i < s->socket.count; i++)
        s->lines += kind_of(&s->socket.lines[i]) < KINDS;
    for (size_t i = 0; i < s->socket.count; i++) {
        size_t k = kind_of(&s->socket.lines[i]);
        if (k < KINDS)
            map_line(s, &s->socket.lines[i], kinds[k].socktype);
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
        map_all(&s);
        status = s.lines > 0 ? 0 : EX_CONFIG;
        if (status)
            ctl_complain("%s: no Listen line", s.socket.path);
    }
    unit_free(&s.socket);
    unit_free(&s.service);
    return status;
}
