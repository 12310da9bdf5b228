/* fuzz/environment.c -- the variables of systemd's protocols, for libFuzzer and fuzz/replay.c
 *
 * The input is one NAME=value a line, for the names that are known; LISTEN_PID is this process
 * where its value is "me". */
#include "config.h"

#include "os/sd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                    "LISTEN_PID",    "LISTEN_FDS",    "LISTEN_FDNAMES",
                                    "FDSTORE",       "JOURNAL_STREAM"};

static void set(char *line)
{
    char me[32], *value = strchr(line, '=');
    if (!value)
        return;
    *value++ = '\0';
    (void)snprintf(me, sizeof me, "%ld", (long)getpid());
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(line, names[i]) == 0)
            (void)setenv(line, strcmp(value, "me") == 0 ? me : value, 1); /* or without it */
}

static void set_all(char *text)
{
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        set(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    set_all(text);
    (void)sd_stderr_is_journal();
    (void)unsetenv("JOURNAL_STREAM"); /* the next input has its own */
    sd_start();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            abort(); /* a handler would get it */
    for (size_t i = 0; i < sd_sockets() + 2 && i < 100; i++)
        if (strlen(sd_socket_name(i)) > size)
            abort();
    if (sd_watchdog_ns() > UINT64_MAX / 2)
        abort();
    sd_notify("STATUS=%zu sockets", sd_sockets());
    free(text);
    return 0;
}
