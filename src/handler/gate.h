/*
 * handler/gate.h -- before a handler starts its client solves a puzzle: gate = pow BITS.
 *
 * The client gets a line `pow BITS CHALLENGE` and answers with one line of up to GATE_ANSWER
 * printable characters: the SHA-256 of the challenge with the answer behind it begins with BITS
 * zero bits. In the child that becomes the handler; nothing behind that line is read. */
#ifndef DOORWARD_HANDLER_GATE_H
#define DOORWARD_HANDLER_GATE_H

#include <stdbool.h>
#include <stdint.h>

enum { GATE_BITS_MOST = 40, GATE_ANSWER = 64 };

/* Ask the client on `fd`, for `time` ns at most: may he pass? False: he has been told, or has gone;
 * errno is EACCES (wrong), ETIMEDOUT, or of what failed. */
bool gate_passes(int fd, unsigned bits, uint64_t time);

/* Is `answer` one for `challenge`? Both are strings, of at most GATE_ANSWER characters. */
bool gate_solves(const char *challenge, const char *answer, unsigned bits);

#endif
