/* handler/report.c -- what a child that decides later tells the master, and why a program failed */
#include "config.h"

#include "handler/report.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "handler/become.h"
#include "os/program.h"

/* One pipe for all that report later: a report is far below PIPE_BUF, so none is torn. */
static int reports[2] = {-1, -1};

bool report_init(void)
{
    return pipe2(reports, O_CLOEXEC) == 0 && fcntl(reports[0], F_SETFL, O_NONBLOCK) == 0;
}

int report_fd(void)
{
    return reports[1];
}

void report_out_of_the_way(size_t sockets)
{
    reports[1] = become_out_of_the_way(reports[1], sockets);
}

bool spawn_reported(struct spawn_report *report)
{
    bool good = read(reports[0], report, sizeof *report) == (ssize_t)sizeof *report;
    report->step[sizeof report->step - 1] = '\0';
    report->why[sizeof report->why - 1] = '\0';
    return good;
}

void spawn_save(struct state_out *o)
{
    become_save(o);
    state_put_fd(o, reports[0]);
    state_put_fd(o, reports[1]);
    state_put(o, sizeof(struct spawn_report));
}

void spawn_restore(struct state_in *r)
{
    become_restore(r);
    int ends[2] = {state_get_fd(r), -1};
    ends[1] = state_get_fd(r);
    if (ends[0] < 0 || ends[1] < 0 || state_get(r) != sizeof(struct spawn_report))
        return; /* it has another form: what few children say there stays unsaid */
    for (size_t i = 0; i < 2; i++) {
        (void)close(reports[i]); /* never used */
        reports[i] = ends[i];
    }
}

void spawn_explain(const struct spawn_plan *plan, const char *root, const struct spawn_error *e,
                   char out[static SPAWN_WHY])
{
    const struct entry *entry = plan->entry;
    char found[PROGRAM_TEXT];
    const char *why = NULL;
    struct text t;
    if (e->step && strcmp(e->step, "execve") == 0)
        why = program_look(root, entry->program->path, entry->settings->who, found);
    text_init(&t, out, SPAWN_WHY);
    if (why && strncmp(why, "is missing", strlen("is missing")) != 0) /* errno says that */
        text_string(&t, why);
    text_mark_cut(&t);
    for (char *c = out; (c = strchr(c, '"')); c++)
        *c = '\''; /* it stands between double quotes, where these are hard to read */
}

static pid_t outer; /* how the master knows this process, in a namespace of pids */

_Noreturn void report_send(struct spawn_report *mine, const struct spawn_error *e, int status)
{
    mine->pid = outer > 0 ? outer : getpid();
    mine->error = e->error;
    for (size_t i = 0; e->step && e->step[i] && i + 1 < sizeof mine->step; i++)
        mine->step[i] = e->step[i];
    (void)!write(reports[1], mine, sizeof *mine); /* if it fails the master has gone */
    _exit(status);
}

_Noreturn void report(int refused, struct spawn_error e, int status)
{
    struct spawn_report mine = {.refused = refused};
    report_send(&mine, &e, status);
}

_Noreturn void report_program(const struct spawn_plan *plan, struct spawn_error e)
{
    struct spawn_report mine = {.refused = 0};
    spawn_explain(plan, NULL, &e, mine.why);
    report_send(&mine, &e, EXIT_NOT_STARTED);
}

void report_as(pid_t pid)
{
    outer = pid;
}
