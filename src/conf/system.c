/* conf/system.c -- what the system's name services answer to a load */
#include "config.h"

#include "cage/cage.h"
#include "cage/filter.h"
#include "conf/draft.h"
#include "conf/reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

/* --- ports ----------------------------------------------------------------------------------- */

static void add_service(struct reply *r, const struct servent *se)
{
    if (!se) {
        reply_nothing(r, errno);
        return;
    }
    uint16_t port = ntohs((uint16_t)se->s_port);
    reply_add(r, &port, sizeof port);
    reply_add(r, se->s_name, strlen(se->s_name));
}

static void service(const char *name, const char *protocol, struct reply *r)
{
    errno = 0;
    add_service(r, getservbyname(name, protocol));
}

static void port(const char *number, const char *protocol, struct reply *r)
{
    errno = 0;
    add_service(r, getservbyport(htons((uint16_t)strtoul(number, NULL, 10)), protocol));
}

static void similar(const char *name, const char *protocol, struct reply *r)
{
    struct conf_near near = {.word = name};
    const struct servent *se;
    char best[64] = "";

    setservent(1);
    while ((se = getservent())) {
        const char *before = near.best;
        if (strcmp(se->s_proto, protocol) != 0)
            continue;
        conf_near_try(&near, se->s_name);
        /* getservent(3) writes over its answer. */
        if (near.best != before)
            near.best = text_fits(best, sizeof best, "%s", se->s_name) ? best : NULL;
    }
    setservent(1);
    if (near.best)
        reply_add(r, near.best, strlen(near.best));
}

static void rpc(const char *name, const char *none, struct reply *r)
{
    (void)none;
#if defined HAVE_TIRPC && defined HAVE_GETRPCBYNAME
    errno = 0;
    const struct rpcent *re = getrpcbyname(name);
    uint32_t program = re ? (uint32_t)re->r_number : 0;
    if (re)
        reply_add(r, &program, sizeof program);
    else
        reply_nothing(r, errno);
#else
    (void)name;
    (void)r;
#endif
}

/* --- hosts and users ------------------------------------------------------------------------- */

static void host(const char *name, const char *none, struct reply *r)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int failed = getaddrinfo(name, NULL, &hints, &list);

    (void)none;
    if (failed == EAI_SYSTEM || failed == EAI_MEMORY) {
        reply_error(r, r->len, failed == EAI_MEMORY ? ENOMEM : errno);
        return;
    }
    if (failed != 0) {
        reply_nothing(r, 0);
        reply_fail(r, r->len, gai_strerror(failed));
        return;
    }
    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        struct addr at;
        memset(&at, 0, sizeof at); /* goes to another process: no chance bytes */
        at = addr_from(ai->ai_addr, ai->ai_addrlen);
        reply_add(r, &at, sizeof at);
    }
    freeaddrinfo(list);
}

static void add_id(struct reply *r, const struct ask_id *id)
{
    if (id->fault == PRIV_NO_USER || id->fault == PRIV_NO_GROUP || id->fault == PRIV_NEEDS_GROUP)
        reply_nothing(r, 0);
    reply_note(r, id->fault == PRIV_NO_MEMORY ? ENOMEM : 0);
    reply_add(r, id, sizeof *id);
}

static void user(const char *name, const char *group, struct reply *r)
{
    struct ask_id id = {.fault = PRIV_FOUND};
    struct priv *p = priv_find(name, group, &id.fault);

    add_id(r, &id);
    char *to = p ? reply_room(r, p->size) : NULL;
    if (to) {
        priv_pack(p, to);
        r->len += p->size;
    }
    priv_unref(p);
}

static void uid(const char *name, const char *none, struct reply *r)
{
    struct ask_id id = {.fault = PRIV_FOUND};

    (void)none;
    id.fault = priv_find_user(name, &id.found);
    add_id(r, &id);
}

static void gid(const char *name, const char *none, struct reply *r)
{
    struct ask_id id = {.fault = PRIV_FOUND};

    (void)none;
    id.fault = priv_find_group(name, &id.found);
    add_id(r, &id);
}

/* --- the kernel ------------------------------------------------------------------------------- */

static void layer(const char *name, const char *none, struct reply *r)
{
    enum cage_layer which = cage_layer_named(name);
    const char *why = which < CAGE_LAYERS ? cage_layer_missing(which) : "nobody knows it";

    (void)none;
    if (why)
        reply_add(r, why, strlen(why));
}

static void filter(const char *words, const char *none, struct reply *r)
{
    unsigned char *bytes;
    const char *wrong;
    long len = filter_compile(words, &bytes, &wrong);

    (void)none;
    if (len < 0) {
        reply_fail(r, r->len, wrong);
        return;
    }
    reply_add(r, bytes, (size_t)len);
    free(bytes);
}

/* --- all of them ----------------------------------------------------------------------------- */

void system_answer(enum ask_kind kind, const char *first, const char *second, struct reply *r)
{
    static void (*const answers[ASK_KINDS])(const char *first, const char *second,
                                            struct reply *r) = {
        [ASK_ARGUMENT] = system_argument,
        [ASK_FILE] = system_file,
        [ASK_FOLDER] = system_folder,
        [ASK_GLOB] = system_glob,
        [ASK_PROGRAM] = system_program,
        [ASK_DIRECTORY] = system_directory,
        [ASK_STRING] = system_string,
        [ASK_LAYER] = layer,
        [ASK_FILTER] = filter,
        [ASK_SERVICE] = service,
        [ASK_PORT] = port,
        [ASK_SIMILAR] = similar,
        [ASK_RPC] = rpc,
        [ASK_HOST] = host,
        [ASK_USER] = user,
        [ASK_UID] = uid,
        [ASK_GID] = gid,
    };
    enum { LOOK_UP = 1 << 14 /* bytes, more than a look-up takes */ };
    size_t start = r->len;
    answers[kind](first, second, r);
    if (!r->nothing || !reply_room(r, LOOK_UP))
        return;
    r->len = start;
    r->failed = false;
    answers[kind](first, second, r);
}

void system_open(void)
{
    setservent(1);
}

void system_close(void)
{
    endservent();
    endpwent();
    endgrent();
}
