/* daemon/input.h -- a configuration on standard input */
#ifndef DOORWARD_DAEMON_INPUT_H
#define DOORWARD_DAEMON_INPUT_H

/* All of standard input, to its end, as a string; it waits for whoever writes there. NULL: what was
 * wrong is in `*why`. It lives as long as the process. */
char *input_read(const char **why);

#endif
