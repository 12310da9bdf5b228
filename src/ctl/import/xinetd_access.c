/* ctl/import/xinetd_access.c -- who may come: only_from, no_access and libwrap */
#include "config.h"

#include "ctl/import/xinetd_access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/import/net.h"

/* --- lists of prefixes ------------------------------------------------------------------------ */

/* How many of `words` are exactly one of `list`? */
static size_t count_in(const struct ctl_words *words, const struct ctl_words *list)
{
    size_t n = 0;
    for (size_t i = 0; i < words->count; i++)
        n += ctl_words_have(list, words->at[i]);
    return n;
}

bool xin_take_peer(struct ctl_words *values, const char *word)
{
    struct ctl_words taken = {.at = NULL};
    bool whole = true;
    (void)ctl_net_xinetd(word, &taken); /* a name is compared as it is written */
    for (size_t i = 0; i < values->count;) {
        struct ctl_words own = {.at = NULL};
        bool known = ctl_net_xinetd(values->at[i], &own);
        size_t common = count_in(&own, &taken);
        bool same =
            known ? common > 0 && common == own.count : strcasecmp(values->at[i], word) == 0;
        whole &= same || common == 0;
        ctl_words_free(&own);
        if (same)
            ctl_words_drop(values, i);
        else
            i++;
    }
    ctl_words_free(&taken);
    return whole;
}

/* xinetd refuses whom both lists name; in doorward the longer prefix decides. So what is within a
 * denied prefix is not allowed. */
static void prune(struct ctl_words *allow, const struct ctl_words *deny)
{
    for (size_t i = 0; i < allow->count;) {
        size_t j = 0;
        while (j < deny->count && !ctl_net_within(allow->at[i], deny->at[j]))
            j++;
        if (j < deny->count)
            ctl_words_drop(allow, i);
        else
            i++;
    }
}

/* --- only_from, no_access --------------------------------------------------------------------- */

static void read_only_from(struct xin_mapping *m, struct ctl_words *allow)
{
    struct ctl_words given = xin_words(m->e, "only_from");
    for (size_t i = 0; i < given.count; i++)
        if (!ctl_net_xinetd(given.at[i], allow))
            ctl_def_note(&m->def,
                         "only_from %s: doorward judges by address, never by name; so it is not let"
                         " in. Give its addresses.",
                         given.at[i]);
}

static void read_no_access(struct xin_mapping *m, struct ctl_words *deny)
{
    struct ctl_words given = xin_words(m->e, "no_access");
    for (size_t i = 0; i < given.count; i++)
        if (!ctl_net_xinetd(given.at[i], deny))
            ctl_def_weak(&m->def,
                         "no_access %s: doorward judges by address, never by name. Give its"
                         " addresses.",
                         given.at[i]);
    /* On a socket for both families xinetd sees IPv4 in IPv6's clothes. */
    if (ctl_words_have(deny, "::/0"))
        ctl_words_add(deny, "0.0.0.0/0", 9);
}

static void map_peers(struct xin_mapping *m)
{
    bool only = xin_find(m->e, "only_from");
    struct ctl_words allow = {.at = NULL}, deny = {.at = NULL};
    read_only_from(m, &allow);
    read_no_access(m, &deny);
    prune(&allow, &deny);
    if (m->waits && !m->builtin && (only || deny.count > 0)) {
        ctl_def_weak(&m->def, "only_from, no_access: of a wait service only the program knows the"
                              " peers (xinetd looks at the first packet alone).");
    } else {
        if (only && allow.count == 0)
            ctl_def_raw(&m->def, "deny", "0.0.0.0/0 ::/0");
        else
            ctl_def_list(&m->def, "deny", &deny);
        ctl_def_list(&m->def, "allow", &allow);
    }
    ctl_words_free(&allow);
    ctl_words_free(&deny);
}

/* --- libwrap ---------------------------------------------------------------------------------- */

/* Does the file say anything? One that cannot be read may. */
static bool has_rules(const char *path)
{
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    FILE *in = fopen(path, "re");
    if (!in)
        return access(path, F_OK) == 0;
    while (!found && getline(&line, &size, in) >= 0) {
        char first = line[strspn(line, " \t\r\n")];
        found = first && first != '#';
    }
    free(line);
    (void)fclose(in); /* only read */
    return found;
}

/* Where nobody else is refused by hosts_access(5), not to ask makes no difference. */
static void not_asked(struct xin_mapping *m, const char *why)
{
    if (has_rules("/etc/hosts.deny") || has_rules("/etc/hosts.allow"))
        ctl_def_weak(&m->def, "hosts.allow and hosts.deny: %s", why);
}

/* xinetd asks libwrap by itself. */
static void map_libwrap(struct xin_mapping *m)
{
    const char *name = xin_first(m->e, "libwrap");
    bool asked = !ctl_words_have(&m->flags, "NOLIBWRAP");
    bool cannot =
        m->builtin ? strcmp(m->base, "udp") == 0 || strcmp(m->e->name, "tcpmux") == 0 : m->waits;
    if (cannot) {
        if (asked)
            not_asked(m, "of a wait service, and of a builtin over udp, only the program knows the"
                         " peers.");
        return;
    }
#ifdef HAVE_LIBWRAP
    ctl_def_key(&m->def, "hosts_access", asked ? "yes" : "no");
#else
    if (asked)
        not_asked(m, "this doorward was built without libwrap.");
#endif
    if (name) {
        ctl_def_note(&m->def, "libwrap = %s: hosts.allow is asked for argv[0]; name it in args.",
                     name);
        if (asked)
            not_asked(m, "they are asked for another name here.");
    }
}

void xin_map_access(struct xin_mapping *m)
{
    map_libwrap(m);
    map_peers(m);
}
