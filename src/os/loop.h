/*
 * os/loop.h -- the pselect loop: readable descriptors, monotonic timers, signal flags.
 *
 * This folder: what wraps the kernel and the system; it knows no service. It includes base/
 * only. */
#ifndef DOORWARD_OS_LOOP_H
#define DOORWARD_OS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/clock.h"

struct loop;

/* Embedded in its owner, who sets fd and ready once; loop_owner() leads back. Zeroed at birth. */
struct watch {
    void (*ready)(struct watch *w);
    int fd;
    bool armed; /* in the set; the loop's to write */
};

struct timer {
    void (*fire)(struct timer *t);
    uint64_t due;  /* ns, CLOCK_MONOTONIC; the loop's to write */
    uint32_t slot; /* place in the heap from 1, 0 when idle; the loop's to write */
};

/* The struct that embeds `member`. */
#define loop_owner(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/*
 * NULL with errno on failure. One in a process. Makes signals that were inherited as ignored
 * default ones; those inherited as blocked stay so until loop_run(). loop_free() restores none of
 * it. */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/* Nanoseconds of CLOCK_MONOTONIC, read now (no system call where the vdso has it). */
uint64_t loop_now(void);

/* Call w->ready while w->fd is readable (level-triggered). Nothing if armed. 0, or -1 with
 * errno. */
int loop_watch(struct loop *l, struct watch *w);
/* Stop, at once, even inside a batch being dispatched. Nothing if not armed. Before close(2). */
void loop_unwatch(struct loop *l, struct watch *w);

/*
 * Call t->fire once at `due`; an armed timer is moved. What a firing timer arms for now comes in
 * the next round, after signals and descriptors. 0, or -1 with errno (ENOMEM: not armed); moving,
 * and arming again from its own fire, do not fail. */
int loop_timer(struct loop *l, struct timer *t, uint64_t due);
void loop_timer_stop(struct loop *l, struct timer *t);

/*
 * Call `act(arg)` from the loop, in its time, after `signo` has come (once for any number). The
 * signal is blocked but inside pselect(2); its handler only sets a flag. At most 16 signals. 0, or
 * -1 with errno. */
int loop_signal(struct loop *l, int signo, void (*act)(void *arg), void *arg);
/*
 * Let `signo` do nothing in this process. A child that has not called exec takes the default action
 * (but for SIGPIPE), exec puts it back. 0, or -1 with errno. */
int loop_ignore(int signo);
/* si_pid of the last `signo` that came; for SIGCHLD one that ended, out of any number. 0:
 * unknown. */
pid_t loop_signal_from(int signo);

/*
 * In a child, before exec (or a builtin's function): unblock every signal, which is all there is to
 * do. loop_new() left no signal ignored, exec puts caught signals back to their default, and until
 * then a handler that finds itself outside the master takes the default action, so nothing reaches
 * the master's memory after vfork. Async-signal-safe. */
void loop_child_signals(void);

/* Dispatch until loop_stop(). Signals first, then timers, then descriptors. 0, or -1 with errno. */
int loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
