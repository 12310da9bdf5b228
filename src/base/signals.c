/* base/signals.c -- signals by name */
#include "config.h"

#include "base/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* sigabbrev_np(3) is not everywhere; these are the ones that end processes. */
static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGABRT, "SIGABRT"},     {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGHUP, "SIGHUP"},       {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"},
    {SIGPIPE, "SIGPIPE"},     {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"}, {SIGSYS, "SIGSYS"},
    {SIGTERM, "SIGTERM"},     {SIGTRAP, "SIGTRAP"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},
    {SIGXCPU, "SIGXCPU"},     {SIGXFSZ, "SIGXFSZ"}, {SIGPROF, "SIGPROF"}, {SIGVTALRM, "SIGVTALRM"},
#ifdef SIGIO
    {SIGIO, "SIGIO"},
#endif
#ifdef SIGPWR
    {SIGPWR, "SIGPWR"},
#endif
#ifdef SIGSTKFLT
    {SIGSTKFLT, "SIGSTKFLT"},
#endif
};

enum { SIGNALS = sizeof signals / sizeof *signals };

const char *signal_name(int number)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].number == number)
            return signals[i].name;
    return NULL;
}

int signal_number(const char *name)
{
    size_t skip = strncasecmp(name, "SIG", 3) == 0 ? 0 : 3;
    for (size_t i = 0; i < SIGNALS; i++)
        if (strcasecmp(signals[i].name + skip, name) == 0)
            return signals[i].number;
    return 0;
}
