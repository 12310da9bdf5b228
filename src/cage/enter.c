/* cage/enter.c -- a child walks into its cage: which layer is put up when */
#include "config.h"

#include "cage/enter.h"

#include <errno.h>
#include <unistd.h>
#if HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "cage/caps.h"
#include "cage/filter.h"
#include "cage/jail.h"
#include "cage/label.h"
#include "cage/landlock.h"

#if HAVE_SYS_PRCTL_H && !defined PR_SET_NO_NEW_PRIVS
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39
#endif

/* --- no_new_privs ---------------------------------------------------------------------------- */

#if HAVE_SYS_PRCTL_H
const char *enter_privs_missing(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) < 0 ? "this kernel does not know it"
                                                              : NULL;
}

static const char *no_new_privs(const struct cage *c)
{
    (void)c;
    return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0 ? "PR_SET_NO_NEW_PRIVS" : NULL;
}
#else
const char *enter_privs_missing(void)
{
    return "this system does not know it";
}

static const char *no_new_privs(const struct cage *c)
{
    (void)c;
    errno = ENOSYS;
    return "PR_SET_NO_NEW_PRIVS";
}
#endif

/* --- the keyring ----------------------------------------------------------------------------- */

#ifdef SYS_keyctl
enum { GET_KEYRING_ID = 0, JOIN_SESSION_KEYRING = 1, SESSION_KEYRING = -3 }; /* keyctl(2)'s */

static long join_keyring(void)
{
    return syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL);
}

/* Where a filter around us refuses the call, handlers are refused it too, and have no keyring to
 * share. */
static bool is_out_of_reach(void)
{
    return errno == ENOSYS || errno == EPERM;
}

const char *enter_keyring_missing(void)
{
    return syscall(SYS_keyctl, GET_KEYRING_ID, SESSION_KEYRING, 0) < 0 && errno == EOPNOTSUPP
               ? "this kernel has none"
               : NULL;
}

static const char *keyring(const struct cage *c)
{
    (void)c;
    return join_keyring() < 0 && !is_out_of_reach() ? "keyctl" : NULL;
}
#else
const char *enter_keyring_missing(void)
{
    return NULL; /* nor is there one that could be shared */
}

static const char *keyring(const struct cage *c)
{
    (void)c;
    return NULL;
}
#endif

/* --- in order -------------------------------------------------------------------------------- */

struct step {
    enum cage_layer layer;
    const char *(*put_up)(const struct cage *c);
};

static const char *walk(const struct cage *c, const struct step *steps, size_t n)
{
    const char *failed = NULL;
    for (size_t i = 0; i < n && !failed; i++)
        if (c->layers & UINT32_C(1) << steps[i].layer)
            failed = steps[i].put_up(c);
    return failed;
}

static const struct step labels[] = {{CAGE_SELINUX, label_selinux},
                                     {CAGE_APPARMOR, label_apparmor},
                                     {CAGE_PERSONALITY, label_personality}};
enum { LABELS = sizeof labels / sizeof *labels };

/* --- Landlock and the filter ----------------------------------------------------------------- */

enum {
    LANDLOCK = 1U << CAGE_FILES | 1U << CAGE_PORTS | 1U << CAGE_SCOPE /* one ruleset for all */
};

static int ruleset = -1, flags; /* of the start at hand */

const char *enter_prepare(const struct cage *c, const char *root, const char *program)
{
    flags = jail_prepare(c);
    if (!(c->layers & LANDLOCK) || flags)
        return NULL; /* or made in the jail */
    ruleset = landlock_ruleset(c, root, program);
    return ruleset < 0 ? "landlock" : NULL;
}

int enter_flags(void)
{
    return flags;
}

const char *enter_jail(const struct cage *c, const char *program)
{
    const char *failed =
        walk(c, labels, LABELS); /* a child has what we have; its /proc is closed */
    if (!failed)
        failed = jail_enter(c, program);
    if (failed || !(c->layers & LANDLOCK))
        return failed;
    ruleset = landlock_make(c, program);
    return ruleset < 0 ? "landlock" : NULL;
}

const char *enter_at_last(const struct cage *c)
{
    if (c->layers & LANDLOCK && landlock_enforce(ruleset) < 0)
        return "landlock_restrict_self";
    if (c->filter && c->layers & 1U << CAGE_CALLS && filter_enforce(c->filter) < 0)
        return "PR_SET_SECCOMP";
    return NULL;
}

/* --- the child ------------------------------------------------------------------------------- */

const char *enter_with_privileges(const struct cage *c)
{
    static const struct step steps[] = {
        {CAGE_KEYRING, keyring}, /* here it is in root's quota, not in its user's small one */
        {CAGE_CAPABILITIES, cage_caps_bound},
    };
    return c->layers ? walk(c, steps, sizeof steps / sizeof *steps) : NULL;
}

const char *enter_as_user(const struct cage *c)
{
    static const struct step steps[] = {
        {CAGE_NO_NEW_PRIVS, no_new_privs},
        {CAGE_CAPABILITIES, cage_caps_set},
    };
    if (!c->layers)
        return NULL;
    const char *failed = enter_needs_jail(c) ? NULL : walk(c, labels, LABELS);
    return failed ? failed : walk(c, steps, sizeof steps / sizeof *steps);
}
