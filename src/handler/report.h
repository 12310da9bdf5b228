/* handler/report.h -- what a child that decides later tells the master, and why a program failed.
 * Of spawn.h it has spawn_reported(), spawn_explain(), spawn_save() and spawn_restore(). */
#ifndef DOORWARD_HANDLER_REPORT_H
#define DOORWARD_HANDLER_REPORT_H

#include "handler/spawn.h"

/* Once, at start: the pipe. False with errno. */
bool report_init(void);
/* The children's end of it. */
int report_fd(void);
/* In a child of its own memory: it does not stand where sockets will. */
void report_out_of_the_way(size_t sockets);
/* In one that has another number where the master is: that one. */
void report_as(pid_t pid);

/* Tell, and end; async-signal-safe but for the last. */
_Noreturn void report_send(struct spawn_report *mine, const struct spawn_error *e, int status);
_Noreturn void report(int refused, struct spawn_error e, int status);
/* It could not become the program. */
_Noreturn void report_program(const struct spawn_plan *plan, struct spawn_error e);

#endif
