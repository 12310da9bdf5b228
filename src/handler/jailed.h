/* handler/jailed.h -- a child that has a jail: it prepares that, and stands before the handler */
#ifndef DOORWARD_HANDLER_JAILED_H
#define DOORWARD_HANDLER_JAILED_H

#include "handler/spawn.h"

/* In a process of its own, with the handler's environment as `environ`: `in_jail`, it is the first
 * one of the namespaces that enter_flags() names; else it makes that, and stands for it. What goes
 * wrong it reports. */
_Noreturn void jailed_become(const struct spawn_plan *plan, bool in_jail);

#endif
