/* os/caps.h -- Linux's capabilities: no handler has one that its user's shell would not. */
#ifndef DOORWARD_OS_CAPS_H
#define DOORWARD_OS_CAPS_H

/*
 * Once, at start: what would pass through exec (the ambient and the inheritable set) goes; what
 * this process itself may do stays. 0, or -1 with errno. */
int caps_start(void);

/*
 * In the child, when it has its user, who is not root: give up all, where that has not happened by
 * itself. Async-signal-safe. NULL, or the constant name of the call that failed, with errno. */
const char *caps_drop(void);

#endif
