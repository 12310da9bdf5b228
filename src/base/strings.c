/* base/strings.c -- vectors of strings */
#include "config.h"

#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static size_t strings_count(char *const *v)
{
    size_t n = 0;
    while (v && v[n])
        n++;
    return n;
}

bool strings_add(char ***v, const char *text)
{
    size_t n = strings_count(*v);
    char **grown = realloc(*v, (n + 2) * sizeof(char *));
    if (!grown)
        return false;
    *v = grown;
    grown[n] = strdup(text);
    grown[n + 1] = NULL;
    return grown[n];
}

bool strings_copy(char ***to, char *const *from)
{
    *to = NULL;
    for (size_t i = 0; from && from[i]; i++)
        if (!strings_add(to, from[i]))
            return false;
    return true;
}

void strings_free(char **v)
{
    for (size_t i = 0; v && v[i]; i++)
        free(v[i]);
    free(v);
}

bool strings_equal(char *const *a, char *const *b)
{
    size_t n = strings_count(a);
    if (n != strings_count(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

const char *strings_keep(const char *text)
{
    static char **kept;
    enum { MOST = 256, LONGEST = 64 };
    size_t n = 0;
    for (; kept && kept[n]; n++)
        if (strcmp(kept[n], text) == 0)
            return kept[n];
    return n < MOST && strlen(text) <= LONGEST && strings_add(&kept, text) ? kept[n] : NULL;
}
