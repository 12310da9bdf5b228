/* base/signals.h -- signals by name. Rank 0. */
#ifndef DOORWARD_BASE_SIGNALS_H
#define DOORWARD_BASE_SIGNALS_H

/* "SIGTERM"; NULL for one without a name here. */
const char *signal_name(int number);
/* Of "TERM" or "SIGTERM", case does not count; 0: none. */
int signal_number(const char *name);

#endif
