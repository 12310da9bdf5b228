/* ctl/watch.h -- the table again and again, on a screen of its own */
#ifndef DOORWARD_CTL_WATCH_H
#define DOORWARD_CTL_WATCH_H

/* Until q, a signal, or the daemon's end, which is told on stderr. The exit status. */
int ctl_watch(const char *socket);

#endif
