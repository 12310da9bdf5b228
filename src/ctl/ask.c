/* ctl/ask.c -- one question to the daemon, and its answer */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

static bool quiet;

bool ctl_be_quiet(bool on)
{
    bool before = quiet;
    quiet = on;
    return before;
}

void ctl_complain(const char *fmt, ...)
{
    va_list ap;
    if (quiet)
        return;
    va_start(ap, fmt);
    (void)fputs("doorwardctl: ", stderr); /* there is nobody else to tell */
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
}

void *ctl_grow(void *old, size_t size)
{
    void *fresh = realloc(old, size);
    if (!fresh) {
        ctl_complain("out of memory");
        exit(EX_OSERR);
    }
    return fresh;
}

char *ctl_copy(const char *text, size_t len)
{
    char *copy = ctl_grow(NULL, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

bool ctl_place(char *out, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (geteuid() == 0)
        return text_fits(out, size, "%s", RUNSTATEDIR "/doorward.sock");
    return runtime && *runtime == '/' && text_fits(out, size, "%s/doorward.sock", runtime);
}

/* Connected, or -1 and told. */
static int connect_to(const char *path, unsigned patience)
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
    ctl_complain("%s: no daemon answers: %s", path, strerror(error));
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
static int read_answer(FILE *in, void (*line)(void *arg, const char *text), void *arg)
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
            line(arg, text + 1);
        else if (strcmp(text, "ok") == 0)
            status = 0;
        else
            status = EXIT_FAILURE;
    }
    if (status == EXIT_FAILURE)
        ctl_complain("%s", strncmp(text, "error ", 6) == 0 ? text + 6 : text);
    else if (status == EX_UNAVAILABLE)
        ctl_complain("the daemon does not answer%s%s", ferror(in) ? ": " : "",
                     ferror(in) ? strerror(errno) : "");
    free(text);
    return status;
}

int ctl_ask(const char *socket, const char *request, unsigned patience,
            void (*line)(void *arg, const char *text), void *arg)
{
    char whole[2048];
    if (strchr(request, '\n') || !text_fits(whole, sizeof whole, "%s\n", request)) {
        ctl_complain("that is no name");
        return EX_USAGE;
    }
    int fd = connect_to(socket, patience);
    if (fd < 0)
        return EX_UNAVAILABLE;
    /* A daemon that refuses closes at once; what it said before can still be read. */
    (void)send_all(fd, whole);
    FILE *in = fdopen(fd, "r");
    if (!in) {
        ctl_complain("%s", strerror(errno));
        (void)close(fd); /* of no more use */
        return EX_OSERR;
    }
    int status = read_answer(in, line, arg);
    (void)fclose(in); /* only read */
    return status;
}
