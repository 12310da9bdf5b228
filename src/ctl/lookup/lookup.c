/* ctl/lookup/lookup.c -- what this system's tables say of a word */
#include "config.h"

#include "ctl/lookup/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/small.h"
#include "base/value.h"
#include "ctl/lookup/list.h"
#include "ctl/lookup/served.h"
#include "ctl/terminal.h"

static const char *const bases[] = {"tcp", "udp"};

enum { BASES = sizeof bases / sizeof bases[0], HOSTS = 64 /* addresses of one host */ };

/* One question. */
struct lookup {
    struct served served;
    const char *base;      /* "tcp" of "git/tcp6"; NULL both */
    int family;            /* AF_INET6 of it; AF_UNSPEC both */
    struct addr at[HOSTS]; /* of the host before the service; none: everywhere */
    size_t count;
    bool found;
};

/* --- words ------------------------------------------------------------------------------------ */

/* "KIND WORD: ", and with that there is something. */
static void head(struct lookup *l, const char *kind, const char *word, const char *base)
{
    (void)printf("%s ", kind); /* main looks at stdout in the end; so for all here */
    ctl_put_harmless(stdout, word);
    (void)printf("%s%s: ", base ? "/" : "", base ? base : "");
    l->found = true;
}

static void put_word(const char *before, const char *word)
{
    (void)fputs(before, stdout);
    ctl_put_harmless(stdout, word);
}

/* ", also called A B", without the word that was asked for. */
static void put_aliases(const char *name, char *const *aliases, const char *asked)
{
    const char *before = ", also called ";
    if (strcmp(name, asked) != 0) {
        put_word(before, name);
        before = " ";
    }
    for (; aliases && *aliases; aliases++) {
        if (strcmp(*aliases, asked) == 0)
            continue;
        put_word(before, *aliases);
        before = " ";
    }
    (void)putchar('\n');
}

/* --- ports ------------------------------------------------------------------------------------ */

static void put_opens(const struct lookup *l, const char *base, unsigned port)
{
    char text[ADDR_TEXT];
    (void)printf("  opens      %s", base);
    if (!l->count && l->family != AF_INET6)
        (void)printf(" 0.0.0.0:%u", port);
    if (!l->count && l->family != AF_INET)
        (void)printf("%s [::]:%u", l->family ? "" : " and", port);
    for (size_t i = 0; i < l->count; i++) {
        struct addr at = l->at[i];
        addr_set_port(&at, (uint16_t)port);
        (void)printf(" %s", addr_format_port(&at, text));
    }
    (void)putchar('\n');
}

static void put_sockets(const struct lookup *l, const char *base, unsigned port)
{
    struct wanted w = {.protocol = base, .port = port, .family = l->family};
    put_opens(l, base, port);
    if (!l->count)
        served_print(&l->served, &w);
    for (size_t i = 0; i < l->count; i++) {
        w.at = l->at[i];
        served_print(&l->served, &w);
    }
}

static bool asked_for(const struct lookup *l, const char *base)
{
    return !l->base || strcmp(l->base, base) == 0;
}

static void service(struct lookup *l, const char *word)
{
    for (size_t i = 0; i < BASES; i++) {
        const struct servent *se = asked_for(l, bases[i]) ? getservbyname(word, bases[i]) : NULL;
        unsigned port = se                       ? ntohs((uint16_t)se->s_port)
                        : asked_for(l, bases[i]) ? small_port(word)
                                                 : 0;
        if (!port)
            continue;
        head(l, "service", word, bases[i]);
        (void)printf("port %u", port);
        if (se)
            put_aliases(se->s_name, se->s_aliases, word);
        else
            (void)puts(", which doorward knows by itself");
        put_sockets(l, bases[i], port);
    }
}

static void port(struct lookup *l, const char *word)
{
    uint64_t n;
    if (value_number(word, 1, 65535, &n) != VALUE_GOOD)
        return;
    for (size_t i = 0; i < BASES; i++) {
        if (!asked_for(l, bases[i]))
            continue;
        const struct servent *se = getservbyport(htons((uint16_t)n), bases[i]);
        const char *name = se ? se->s_name : small_name((unsigned)n);
        head(l, "port", word, bases[i]);
        put_word(name ? "service " : "no name", name ? name : "");
        if (se)
            put_aliases(se->s_name, se->s_aliases, se->s_name);
        else
            (void)puts(name ? ", which doorward knows by itself" : "");
        put_sockets(l, bases[i], (unsigned)n);
    }
}

/* --- protocols and RPC ------------------------------------------------------------------------ */

static void protocol(struct lookup *l, const char *word)
{
    static const char *const own[] = {"tcp4",     "tcp6",     "tcp46", "udp4", "udp6",  "udp46",
                                      "tcp6only", "udp6only", "unix",  "rpc",  "tcpmux"};
    uint64_t n;
    const struct protoent *pe = value_number(word, 0, 255, &n) == VALUE_GOOD
                                    ? getprotobynumber((int)n)
                                    : getprotobyname(word);
    bool is_own = false;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        is_own |= strcmp(own[i], word) == 0;
    if (!pe && !is_own)
        return;
    head(l, "protocol", word, NULL);
    if (pe) {
        (void)printf("number %d", pe->p_proto);
        put_aliases(pe->p_name, pe->p_aliases, word);
    } else {
        (void)puts("a word of doorward's own");
    }
    served_print(&l->served, &(struct wanted){.protocol = pe ? pe->p_name : word});
}

/* "rusersd", "100002", "rusersd/2-3". */
static void rpc(struct lookup *l, const char *word)
{
#ifdef HAVE_GETRPCBYNAME
    char name[256];
    uint64_t n;
    if (!text_fits(name, sizeof name, "%.*s", (int)strcspn(word, "/"), word))
        return;
    bool number = value_number(name, 1, INT32_MAX, &n) == VALUE_GOOD;
    const struct rpcent *re = number ? getrpcbynumber((int)n) : getrpcbyname(name);
    if (!re)
        return;
    head(l, "RPC program", name, NULL);
    (void)printf("number %d", re->r_number);
    put_aliases(re->r_name, re->r_aliases, name);
    (void)puts("  opens      a port that the system chooses, and tells rpcbind");
    served_print(&l->served, &(struct wanted){.protocol = "rpc", .program = name});
#else
    (void)l;
    (void)word;
#endif
}

/* --- hosts ------------------------------------------------------------------------------------ */

static bool is_new(const struct lookup *l, const struct addr *at)
{
    for (size_t i = 0; i < l->count; i++)
        if (addr_compare_host(&l->at[i], at) == 0)
            return false;
    return l->count < HOSTS;
}

/* An address; false: it is none. */
static bool address(struct lookup *l, const char *word)
{
    struct addr at, settled;
    char name[NI_MAXHOST];
    if (!addr_parse(&at, word) || !addr_settle(&at, &settled))
        return false;
    l->at[l->count++] = settled;
    head(l, "address", word, NULL);
    int failed =
        getnameinfo(&settled.u.sa, addr_len(&settled), name, sizeof name, NULL, 0, NI_NAMEREQD);
    put_word(failed ? "no name" : "name ", failed ? "" : name);
    (void)putchar('\n');
    return true;
}

static void host(struct lookup *l, const char *word)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    char text[ADDR_TEXT];
    if (address(l, word) || !word[strspn(word, "0123456789")] ||
        getaddrinfo(word, NULL, &hints, &list) != 0)
        return;
    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        struct addr at = addr_from(ai->ai_addr, ai->ai_addrlen);
        if (addr_family(&at) != AF_UNSPEC && is_new(l, &at))
            l->at[l->count++] = at;
    }
    freeaddrinfo(list);
    if (!l->count)
        return;
    head(l, "host", word, NULL);
    for (size_t i = 0; i < l->count; i++)
        (void)printf("%s%s", i ? " " : "", addr_format(&l->at[i], text));
    (void)putchar('\n');
}

static void path(struct lookup *l, const char *word)
{
    head(l, "path", word, NULL);
    (void)puts("a unix socket, where it stands for the service");
    served_print(&l->served, &(struct wanted){.path = word});
}

static void put_served_at(const struct lookup *l)
{
    for (size_t i = 0; i < l->count; i++)
        served_print(&l->served, &(struct wanted){.at = l->at[i]});
}

/* --- the word --------------------------------------------------------------------------------- */

/* "git/tcp6": what stands behind the slash goes from the word. */
static void take_base(struct lookup *l, char *word)
{
    char *slash = strrchr(word, '/');
    for (size_t i = 0; slash && i < BASES; i++)
        if (strncmp(slash + 1, bases[i], 3) == 0) {
            const char *only = slash + 1 + 3;
            l->base = bases[i];
            l->family = strcmp(only, "4") == 0       ? AF_INET
                        : strncmp(only, "6", 1) == 0 ? AF_INET6
                                                     : AF_UNSPEC;
            *slash = '\0';
        }
}

static void as_service(struct lookup *l, const char *word)
{
    service(l, word);
    port(l, word);
    if (!l->count && !l->base) {
        protocol(l, word);
        rpc(l, word);
    }
}

/* As the first word of an entry: "[ADDRESS:]SERVICE". A name that is a service is asked for as a
 * host only with a colon behind it, for that may take its time. */
static void look_up(struct lookup *l, char *word)
{
    struct addr whole;
    if (*word == '/') {
        path(l, word);
        return;
    }
    char *colon = addr_parse(&whole, word) ? NULL : strrchr(word, ':');
    if (!colon) {
        take_base(l, word);
        as_service(l, word);
        if (l->found)
            return;
        host(l, word);
    } else {
        *colon = '\0';
        host(l, word);
        if (l->found && colon[1]) {
            l->found = false; /* of the service it is asked now */
            take_base(l, colon + 1);
            as_service(l, colon + 1);
            return;
        }
    }
    put_served_at(l);
}

static int unknown(const char *word)
{
    char nearest[64];
    if (list_nearest(word, nearest, sizeof nearest))
        ctl_complain("\"%s\" is nothing that this system knows: did you mean \"%s\"?", word,
                     nearest);
    else
        ctl_complain("\"%s\" is nothing that this system knows; a service of your own is a port "
                     "number, or a line in /etc/services",
                     word);
    return EXIT_FAILURE;
}

int ctl_lookup(const char *socket, const char *word)
{
    struct lookup l = {.base = NULL};
    served_read(&l.served, socket);
    setservent(1);
    if (word) {
        char *copy = ctl_copy(word, strlen(word));
        look_up(&l, copy);
        free(copy);
    } else {
        l.found = list_print(&l.served);
    }
    endservent();
    served_free(&l.served);
    return l.found ? 0 : word ? unknown(word) : EXIT_FAILURE;
}
