/* ctl/terminal.h -- what others wrote must not reach a terminal as it is. Rank 1. */
#ifndef DOORWARD_CTL_TERMINAL_H
#define DOORWARD_CTL_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* How many bytes of UTF-8 (RFC 3629: shortest form, no surrogates) make the character at `at`; 0 if
 * they are none. */
size_t ctl_utf8(const char *at);

/* The text, its control characters and what is no UTF-8 as \xHH. */
void ctl_put_harmless(FILE *out, const char *text);

#endif
