/* daemon/signals.c -- what each signal does in the daemon */
#include "config.h"

#include "daemon/signals.h"

#include <signal.h>

/*
 * Every signal that ends a process and is not a fault of its own is here: none that the system, a
 * limit or a stranger can cause ends the daemon. What is not here has its default: the faults
 * (SEGV, BUS, FPE, ILL, SYS, TRAP, ABRT), which leave a core; TSTP, TTIN and TTOU, which stop a
 * daemon in the foreground as they stop any program; URG, WINCH, CONT and INFO, which do nothing;
 * and those that the C library keeps. Handlers get all of them at their default. */
static const struct {
    int signo;
    enum signal_act act;
} signals[] = {
    {SIGHUP, SIGNAL_RELOAD},     {SIGTERM, SIGNAL_STOP},    {SIGINT, SIGNAL_INTERRUPT},
    {SIGQUIT, SIGNAL_QUIT},      {SIGUSR1, SIGNAL_STATE},   {SIGCHLD, SIGNAL_REAP},
    {SIGUSR2, SIGNAL_UPGRADE},   {SIGPIPE, SIGNAL_NOTHING}, /* a client or a reader has gone: the
                                                               call says so */
    {SIGXFSZ, SIGNAL_NOTHING}, /* the log's file is at its limit: the call says so */
    {SIGXCPU, SIGNAL_NOTHING}, /* the soft limit is somebody's wish, the hard one kills */
    {SIGALRM, SIGNAL_NOTHING}, /* timers that were set before exec live on */
    {SIGVTALRM, SIGNAL_NOTHING}, {SIGPROF, SIGNAL_NOTHING},
#ifdef SIGIO
    {SIGIO, SIGNAL_NOTHING}, /* F_SETOWN on what a handler shares with us; POLL is the same */
#endif
#if defined SIGPOLL && (!defined SIGIO || SIGPOLL != SIGIO)
    {SIGPOLL, SIGNAL_NOTHING},
#endif
#ifdef SIGSTKFLT
    {SIGSTKFLT, SIGNAL_NOTHING}, /* nobody raises it */
#endif
#ifdef SIGPWR
    {SIGPWR, SIGNAL_NOTHING}, /* init's affair, which may end us by TERM */
#endif
#ifdef SIGLOST
    {SIGLOST, SIGNAL_NOTHING}, /* a lock on a file server */
#endif
#ifdef SIGEMT
    {SIGEMT, SIGNAL_NOTHING},
#endif
};

int signals_set(struct loop *loop, void (*const acts[SIGNAL_ACTS])(void *arg), void *arg)
{
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        int signo = signals[i].signo;
        enum signal_act act = signals[i].act;
        if ((act == SIGNAL_NOTHING ? loop_ignore(signo)
                                   : loop_signal(loop, signo, acts[act], arg)) < 0)
            return -1;
    }
#if defined SIGRTMIN && defined SIGRTMAX
    for (int signo = SIGRTMIN; signo <= SIGRTMAX; signo++)
        (void)loop_ignore(signo); /* but one that a debugger keeps for itself */
#endif
    return 0;
}
