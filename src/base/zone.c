/* base/zone.c -- interfaces by name, as numbers that fit sin6_scope_id */
#include "config.h"

#include "base/zone.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct name {
    char text[IF_NAMESIZE];
};

enum { MOST = 65536 }; /* a configuration names a few */

static struct name *names; /* as long as the process lives: addresses refer to them */
static uint32_t count;

/* As the kernel's dev_valid_name() has it; all else could not be written in an address either. */
static bool valid(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < IF_NAMESIZE && *name != '-' &&
           name[strcspn(name, "/%:[], \t\n\v\f\r")] == '\0' && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

uint32_t zone_of(const char *name)
{
    if (!valid(name))
        return 0;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i].text, name) == 0)
            return ZONE_NAMED + i;
    struct name *grown = count < MOST ? realloc(names, (count + 1) * sizeof *names) : NULL;
    if (!grown)
        return 0;
    names = grown;
    memcpy(names[count].text, name, strlen(name) + 1);
    return ZONE_NAMED + count++;
}

const char *zone_name(uint32_t scope)
{
    return scope >= ZONE_NAMED && scope - ZONE_NAMED < count ? names[scope - ZONE_NAMED].text
                                                             : NULL;
}

uint32_t zone_index(uint32_t scope)
{
    const char *name = zone_name(scope);
    return name ? if_nametoindex(name) : scope;
}
