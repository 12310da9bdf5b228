/* cage/label.h -- the label that SELinux or AppArmor gives a handler, and its personality */
#ifndef DOORWARD_CAGE_LABEL_H
#define DOORWARD_CAGE_LABEL_H

#include "cage/cage.h"

/* For cage.c: NULL, or why not. */
const char *label_selinux_missing(void);
const char *label_apparmor_missing(void);
const char *label_personality_missing(void);

/* In the child, async-signal-safe: what it has from exec on. NULL, or the constant name of what
 * failed, with errno. */
const char *label_selinux(const struct cage *c);
const char *label_apparmor(const struct cage *c);
const char *label_personality(const struct cage *c);

#endif
