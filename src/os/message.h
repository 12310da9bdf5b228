/* os/message.h -- one datagram with descriptors, between the master and who starts for it */
#ifndef DOORWARD_OS_MESSAGE_H
#define DOORWARD_OS_MESSAGE_H

#include <stddef.h>

/* sendmsg(2) of one datagram with at most 2 descriptors (below 0: none), without waiting. 0, or -1
 * with errno. Async-signal-safe. */
int message_send(int sock, const void *data, size_t len, const int fds[2]);
/* The next one of exactly `len` bytes into `data`, its descriptors into `fds` (-1: none), close-on-
 * exec. 1; 0 at the end; -1 with errno. */
int message_receive(int sock, void *data, size_t len, int fds[2], int flags);

enum { MESSAGE_FDS = 65 }; /* that go with one at most */

/* The same with `count` descriptors. */
int message_send_all(int sock, const void *data, size_t len, const int *fds, size_t count);
/* The same with room for `room` of them, for one of `least` to `most` bytes. */
int message_receive_all(int sock, void *data, size_t least, size_t most, int *fds, size_t room,
                        int flags);

#endif
