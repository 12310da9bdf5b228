/* base/naming.c -- what a user's word for a service means */
#include "config.h"

#include "base/naming.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"

enum { WORD_ROOM = 512 };

static bool starts_with(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

/* "tcp" of "tcp46", "rpc/udp" of "rpc/udp4". */
static size_t base_length(const char *protocol)
{
    return strspn(protocol, "abcdefghijklmnopqrstuvwxyz/");
}

/* The port of ADDRESS:PORT, and how long ADDRESS is. NULL: it is a path, or none. */
static const char *port_of(const char *address, size_t *host)
{
    const char *colon = *address == '/' ? NULL : strrchr(address, ':');
    *host = colon ? (size_t)(colon - address) : 0;
    return colon ? colon + 1 : NULL;
}

/* Is `protocol`, of a word, that of the service, or of one family of it, which the address has? */
static bool protocol_fits(const struct naming *of, const char *protocol)
{
    size_t base = base_length(of->protocol), len = strlen(protocol);
    bool v6 = *of->address == '[', both = strcmp(of->protocol + base, "46") == 0;
    if (strcmp(protocol, of->protocol) == 0)
        return true;
    if (len < base || strncmp(protocol, of->protocol, base) != 0)
        return false;
    const char *family = protocol + base;
    return len == base || (strcmp(family, "4") == 0 && (!v6 || both)) ||
           (strcmp(family, "6") == 0 && v6);
}

/* Does the wildcard `of->address` stand for the first `len` bytes of `word`, an address or `*`? */
static bool covers(const struct naming *of, const char *word, size_t len)
{
    char host[WORD_ROOM];
    struct addr a;
    bool v6 = starts_with(of->address, "[::]:"), v4 = starts_with(of->address, "0.0.0.0:");
    bool both = strcmp(of->protocol + base_length(of->protocol), "46") == 0;
    if ((!v4 && !v6) || !text_fits(host, sizeof host, "%.*s", (int)len, word))
        return false;
    if (strcmp(host, "*") == 0)
        return true;
    if (!addr_parse(&a, host))
        return false;
    return addr_family(&a) == AF_INET6 ? v6 : v4 || both;
}

static enum naming_fit judge_place(const struct naming *of, const char *word)
{
    size_t host, whose;
    const char *port = port_of(of->address, &host), *asked = port_of(word, &whose);
    if (strcmp(of->address, word) == 0 || (port && strcmp(port, word) == 0))
        return NAMING_IS;
    return port && asked && strcmp(port, asked) == 0 && covers(of, word, whose) ? NAMING_COVERS
                                                                                : NAMING_OTHER;
}

static enum naming_fit judge(const struct naming *of, const char *word)
{
    return strcmp(of->name, word) == 0 ? NAMING_IS : judge_place(of, word);
}

enum naming_fit naming_judge(const struct naming *of, const char *word)
{
    enum naming_fit best = judge(of, word);
    for (const char *slash = strchr(word, '/'); slash; slash = strchr(slash + 1, '/')) {
        char head[WORD_ROOM];
        if (!protocol_fits(of, slash + 1) ||
            !text_fits(head, sizeof head, "%.*s", (int)(slash - word), word))
            continue;
        enum naming_fit fit = judge(of, head);
        best = fit > best ? fit : best;
    }
    return best;
}
