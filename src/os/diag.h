/* os/diag.h -- who waits in the queue of a listening socket, asked from the kernel. */
#ifndef DOORWARD_OS_DIAG_H
#define DOORWARD_OS_DIAG_H

#include <stdint.h>

/* Connections that wait at the listening socket `fd`; 0 where the system does not tell. */
uint32_t diag_waiting(int fd);

/*
 * A number that stands for who came first of those who wait there: while it stays the same, nobody
 * was taken from the queue. It may change without that, when somebody is reset, say. 0: nobody
 * waits, or it cannot be told (no sock_diag(7), somebody came meanwhile, thousands wait). Does not
 * wait, but for tcp the kernel walks its table of connections: 10 us to 1 ms, as this is large. */
uint64_t diag_first(int fd);

#endif
