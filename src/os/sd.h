/* os/sd.h -- systemd's protocols without libsystemd: sd_notify(3), sd_listen_fds(3) */
#ifndef DOORWARD_OS_SD_H
#define DOORWARD_OS_SD_H

#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Take NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS and LISTEN_FDNAMES for this process from the
 * environment, and remove them from it. Marks the inherited descriptors close-on-exec. Call once at
 * start, before any fork.
 */
void sd_start(void);

/* The first descriptor over 2 that is not one of systemd's sockets for this very process. */
int sd_first_other(void);

/* Is stderr the journal (JOURNAL_STREAM names its device and inode)? sd-daemon(3), systemd.exec(5).
 */
bool sd_stderr_is_journal(void);

/* Send one datagram of assignments, "STATUS=...\nWATCHDOG=1"; nothing without NOTIFY_SOCKET. Never
 * blocks. */
void sd_notify(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* The same for READY, RELOADING and STOPPING, which the manager waits for: where its queue is full
 * (ten messages, where nobody raised net.unix.max_dgram_qlen), wait for room, at most 2 s. */
void sd_tell(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* Half the watchdog's period in ns, 0 when there is none: how often to send WATCHDOG=1. */
uint64_t sd_watchdog_ns(void);

/* Inherited sockets: how many; the i-th's descriptor (3 + i) and name ("" where none was given). */
size_t sd_sockets(void);
int sd_socket_fd(size_t i);
const char *sd_socket_name(size_t i);

#endif
