/* ctl/import/xinetd_value.c -- which values of an attribute xinetd takes */
#include "config.h"

#include "ctl/import/xinetd_value.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/value.h"
#include "ctl/import/net.h"

/* Is every word one of the list, which ends with NULL? */
static bool all_of(const struct ctl_words *values, const char *const *list)
{
    for (size_t i = 0; i < values->count; i++) {
        const char *const *known = list;
        while (*known && strcasecmp(*known, values->at[i]) != 0)
            known++;
        if (!*known)
            return false;
    }
    return true;
}

bool xin_number(const char *word, int64_t *n)
{
    return !value_signed(word + (*word == '+' && word[1] != '-'), INT_MIN, INT_MAX, n);
}

bool xin_good_switch(const struct ctl_words *values)
{
    static const char *const known[] = {"yes", "no", NULL};
    return all_of(values, known);
}

bool xin_good_number(const struct ctl_words *values)
{
    int64_t n = 0;
    return xin_number(values->at[0], &n);
}

bool xin_good_count(const struct ctl_words *values)
{
    int64_t n = 0;
    return strcasecmp(values->at[0], "UNLIMITED") == 0 || (xin_number(values->at[0], &n) && n >= 0);
}

bool xin_good_size(const struct ctl_words *values)
{
    const char *word = values->at[0];
    uint64_t n = 0;
    size_t len = strlen(word);
    return strcasecmp(word, "UNLIMITED") == 0 ||
           (len > 0 && !strchr("gG", word[len - 1]) && !value_size(word, INT64_MAX, &n));
}

bool xin_good_port(const struct ctl_words *values)
{
    int64_t n = 0;
    return xin_number(values->at[0], &n) && n >= 0 && n <= 65535;
}

bool xin_good_version(const struct ctl_words *values)
{
    const char *word = values->at[0], *dash = strchr(word, '-');
    char first[16];
    uint64_t least = 0, most = 0;
    if (!dash)
        return !value_number(word, 0, INT_MAX, &least);
    return text_fits(first, sizeof first, "%.*s", (int)(dash - word), word) &&
           !value_number(first, 0, INT_MAX, &least) && !value_number(dash + 1, 0, INT_MAX, &most) &&
           least <= most;
}

bool xin_good_cps(const struct ctl_words *values)
{
    int64_t n = 0;
    for (size_t i = 0; i < values->count; i++)
        if (!xin_number(values->at[i], &n) || n < 0)
            return false;
    return true;
}

bool xin_good_load(const struct ctl_words *values)
{
    char *end;
    return strtod(values->at[0], &end) != 0 && end > values->at[0];
}

bool xin_good_mask(const struct ctl_words *values)
{
    unsigned mode = 0;
    return !value_mode(values->at[0], &mode) && mode <= 0777;
}

bool xin_good_deny_time(const struct ctl_words *values)
{
    static const char *const known[] = {"FOREVER", "NEVER", NULL};
    return all_of(values, known) || xin_good_number(values);
}

bool xin_good_socket(const struct ctl_words *values)
{
    static const char *const known[] = {"stream", "dgram", "raw", "seqpacket", NULL};
    return all_of(values, known);
}

bool xin_good_type(const struct ctl_words *values)
{
    static const char *const known[] = {"RPC",    "INTERNAL",   "UNLISTED", "SPECIAL",
                                        "TCPMUX", "TCPMUXPLUS", NULL};
    return all_of(values, known);
}

bool xin_good_flags(const struct ctl_words *values)
{
    static const char *const known[] = {"REUSE",   "INTERCEPT", "NORETRY",   "IDONLY", "NAMEINARGS",
                                        "NODELAY", "KEEPALIVE", "NOLIBWRAP", "SENSOR", "IPv4",
                                        "IPv6",    "LABELED",   NULL};
    return all_of(values, known);
}

bool xin_good_success(const struct ctl_words *values)
{
    static const char *const known[] = {"HOST",   "DURATION", "EXIT", "PID",
                                        "USERID", "TRAFFIC",  NULL};
    return all_of(values, known);
}

bool xin_good_failure(const struct ctl_words *values)
{
    static const char *const known[] = {"HOST", "ATTEMPT", "USERID", NULL};
    return all_of(values, known);
}

bool xin_good_env(const struct ctl_words *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (!strchr(values->at[i], '='))
            return false;
    return true;
}

/* A word that means nothing is passed over, but not one with a comma or a brace. */
bool xin_good_peers(const struct ctl_words *values)
{
    struct ctl_words found = {.at = NULL};
    bool good = true;
    for (size_t i = 0; good && i < values->count; i++) {
        const char *word = values->at[i];
        good = strchr(word, '{') ? ctl_net_xinetd(word, &found) : !strchr(word, ',');
    }
    ctl_words_free(&found);
    return good;
}
