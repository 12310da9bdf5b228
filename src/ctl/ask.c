/* ctl/ask.c -- one question to the daemon, and its answer */
#include "config.h"

#include "ctl/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

static int fail(struct ctl_answer *answer, int status, const char *fmt, ...) TEXT_PRINTF(3, 4);

/* Returns `status`. */
static int fail(struct ctl_answer *answer, int status, const char *fmt, ...)
{
    struct text t;
    va_list ap;
    text_init(&t, answer->why, sizeof answer->why);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    text_mark_cut(&t);
    return status;
}

/* Connected, or -1 and `why` is said. */
static int connect_to(const char *path, unsigned patience, struct ctl_answer *answer)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = (time_t)patience};
    int fd = -1, error = ENAMETOOLONG;
    if (text_fits(un.sun_path, sizeof un.sun_path, "%s", path)) {
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
                    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
                    connect(fd, (const struct sockaddr *)&un, sizeof un) == 0;
        if (good)
            return fd;
        error = errno;
    }
    (void)fail(answer, EX_UNAVAILABLE, "%s: no daemon answers: %s; %s", path, strerror(error),
               error == EACCES
                   ? "only root and the user who runs doorward may ask"
                   : "start doorward with --control PATH, and say the same path with -s");
    if (fd >= 0)
        (void)close(fd); /* never used */
    return -1;
}

static bool send_all(int fd, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* A line that starts with a blank is the answer's; another one ends it. */
static int read_answer(FILE *in, struct ctl_answer *answer)
{
    char *text = NULL;
    size_t size = 0;
    int status = EX_UNAVAILABLE;
    ssize_t len;
    while (status == EX_UNAVAILABLE && (len = getline(&text, &size, in)) > 0) {
        if (text[len - 1] != '\n')
            break; /* the daemon ended in the middle */
        text[len - 1] = '\0';
        if (text[0] == ' ')
            answer->line(answer->arg, text + 1);
        else if (strcmp(text, "ok") == 0)
            status = 0;
        else
            status =
                fail(answer, EXIT_FAILURE, "%s", strncmp(text, "error ", 6) == 0 ? text + 6 : text);
    }
    if (status == EX_UNAVAILABLE)
        (void)fail(answer, status, "the daemon does not answer%s%s", ferror(in) ? ": " : "",
                   ferror(in) ? strerror(errno) : "");
    free(text);
    return status;
}

int ctl_ask(const char *socket, const char *request, unsigned patience, struct ctl_answer *answer)
{
    char whole[2048];
    answer->why[0] = '\0';
    if (strchr(request, '\n') || !text_fits(whole, sizeof whole, "%s\n", request))
        return fail(answer, EX_USAGE, "that is no name");
    int fd = connect_to(socket, patience, answer);
    if (fd < 0)
        return EX_UNAVAILABLE;
    /* A daemon that refuses closes at once; what it said before can still be read. */
    (void)send_all(fd, whole);
    FILE *in = fdopen(fd, "r");
    if (!in) {
        int status = fail(answer, EX_OSERR, "%s", strerror(errno));
        (void)close(fd); /* of no more use */
        return status;
    }
    int status = read_answer(in, answer);
    (void)fclose(in); /* only read */
    return status;
}
