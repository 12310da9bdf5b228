/* base/small.c -- the well-known ports of the small services */
#include "config.h"

#include "base/small.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    unsigned port;
} all[] = {{"tcpmux", SMALL_TCPMUX},   {"echo", SMALL_ECHO},       {"discard", SMALL_DISCARD},
           {"daytime", SMALL_DAYTIME}, {"chargen", SMALL_CHARGEN}, {"time", SMALL_TIME},
           {"auth", SMALL_AUTH},       {"ident", SMALL_AUTH}};

unsigned small_port(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].port;
    return 0;
}

const char *small_name(unsigned port)
{
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].port == port)
            return all[i].name;
    return NULL;
}
