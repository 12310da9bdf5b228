/* ctl/terminal.h -- what others wrote must not reach a terminal as it is. Rank 1. */
#ifndef DOORWARD_CTL_TERMINAL_H
#define DOORWARD_CTL_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* The text, its control characters and what is no UTF-8 as \xHH. */
void ctl_put_harmless(FILE *out, const char *text);

#endif
