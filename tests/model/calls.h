/* model/calls.h -- the system calls of the played kernel, as the linker puts them in the place of
 * the real ones */
#ifndef DOORWARD_MODEL_CALLS_H
#define DOORWARD_MODEL_CALLS_H

/* A call that is played, and the real one. */
#define PLAYED(type, name, ...)                                                                    \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

/* Takes `*error` for errno, once. True: the call fails. */
#define FAILS(error) ((error) != 0 && (errno = (error), (error) = 0, true))

#endif
