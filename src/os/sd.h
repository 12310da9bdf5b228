/* os/sd.h -- systemd's protocols without libsystemd: sd_notify(3), sd_listen_fds(3) */
#ifndef DOORWARD_OS_SD_H
#define DOORWARD_OS_SD_H

#include "base/text.h"
#include "os/loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Take NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS and LISTEN_FDNAMES for this process from the
 * environment, and remove them from it. Marks the inherited descriptors close-on-exec. Call once at
 * start, before any fork. */
void sd_start(void);

/* The first descriptor over 2 that is not one of systemd's sockets for this very process. */
int sd_first_other(void);

/* Is stderr the journal (JOURNAL_STREAM names its device and inode)? sd-daemon(3),
 * systemd.exec(5). */
bool sd_stderr_is_journal(void);

/* Send one datagram of assignments, "STATUS=...\nWATCHDOG=1"; nothing without NOTIFY_SOCKET. Never
 * waits: what the manager's queue does not take is lost. */
void sd_notify(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* What the manager waits for. */
enum sd_state { SD_RELOADING, SD_READY, SD_STATES };
/*
 * The same, of at most 255 bytes, for one of these: where the queue is full (ten messages, where
 * nobody raised net.unix.max_dgram_qlen) it is sent from the loop as soon as there is room, in the
 * order of their kinds; a later reload takes the place of an earlier one. */
void sd_tell(struct loop *loop, enum sd_state state, const char *fmt, ...) TEXT_PRINTF(3, 4);

/* Would the manager keep descriptors beyond our end (systemd's FileDescriptorStoreMax=)? */
bool sd_stores(void);
/* Have it keep a copy of `fd` under `name`, or, with -1, close what it has under it. False: its
 * queue is full, try again. */
bool sd_store(int fd, const char *name);

/* Half the watchdog's period in ns, 0 when there is none: how often to send WATCHDOG=1. */
uint64_t sd_watchdog_ns(void);

/* Inherited sockets: how many; the i-th's descriptor (3 + i) and name ("" where none was given). */
size_t sd_sockets(void);
int sd_socket_fd(size_t i);
const char *sd_socket_name(size_t i);
/* Close it; its number stays taken. */
void sd_socket_drop(size_t i);

#endif
