/* check/given.h -- tables of services for the check programs, written down in short */
#ifndef DOORWARD_CHECK_GIVEN_H
#define DOORWARD_CHECK_GIVEN_H

#include "base/text.h"
#include "service/service.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4 }; /* entries of a case, sockets of an entry */

/* An entry: a name, with ! behind it another program than usual, with ? `wait`. A socket is "4
 * HOST:PORT", "6
 * ...", "d ..." (dual), "u" (unix: the name is the path); s before it: of plain tcp, U: udp. */
struct given {
    const char *name, *at[MOST];
};

static struct settings *usual;

static void listen_on(struct service *s, const char *at)
{
    bool soft = *at == 's';
    char host[ADDR_TEXT];
    at += soft || *at == 'U';
    if (*at == 'u') {
        const struct endpoint path = {.path = s->entry->name,
                                      .mode = MODE_UNIX,
                                      .proto = PROTO_UNIX,
                                      .socktype = s->entry->socktype};
        ck_assert(service_listen_on(s, &path));
        return;
    }
    const char *colon = strrchr(at, ':');
    struct addr a;
    ck_assert(text_fits(host, sizeof host, "%.*s", (int)(colon - at - 2), at + 2));
    ck_assert(addr_parse(&a, host));
    addr_set_port(&a, (uint16_t)strtoul(colon + 1, NULL, 10));
    enum family_mode mode = *at == '4' ? MODE_V4 : *at == '6' ? MODE_V6ONLY : MODE_DUAL;
    const struct endpoint e = {.at = a,
                               .mode = (uint8_t)mode,
                               .proto = s->entry->proto,
                               .socktype = s->entry->socktype,
                               .soft = soft};
    ck_assert(service_listen_on(s, &e));
}

static enum proto proto_of(const struct given *g)
{
    return !g->at[0]          ? PROTO_TCPMUX
           : *g->at[0] == 'u' ? PROTO_UNIX
           : *g->at[0] == 'U' ? PROTO_UDP
                              : PROTO_TCP;
}

static struct service *make(const struct given *g)
{
    char name[64];
    size_t len = strcspn(g->name, "!?");
    ck_assert(text_fits(name, sizeof name, "%.*s", (int)len, g->name));
    struct program *p =
        program_new(NULL, g->name[len] == '!' ? "/bin/other" : "/bin/usual", NULL, 0);
    struct service *s = service_new(name, name, p, usual);
    ck_assert_ptr_nonnull(s);
    s->entry->proto = (uint8_t)proto_of(g);
    s->entry->socktype = s->entry->proto == PROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    s->entry->wait = g->name[len] == '?';
    for (size_t i = 0; i < MOST && g->at[i]; i++)
        listen_on(s, g->at[i]);
    return s;
}

static struct table *table_of(const struct given given[MOST])
{
    struct table *t = table_new();
    for (size_t i = 0; i < MOST && given[i].name; i++)
        ck_assert(table_add(t, make(&given[i])));
    return t;
}

#endif
