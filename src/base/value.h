/* base/value.h -- strict numbers, sizes, times and rates from words */
#ifndef DOORWARD_BASE_VALUE_H
#define DOORWARD_BASE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

enum value_fault {
    VALUE_GOOD,
    VALUE_NO_NUMBER,
    VALUE_RANGE,
    VALUE_NO_MODE,
    VALUE_NO_SIZE,
    VALUE_NO_TIME,
    VALUE_NO_RATE,
    VALUE_NO_BOOL
};
/* What is wrong, to stand behind `"word" is`; NULL for VALUE_GOOD. */
const char *value_fault_text(enum value_fault fault);

/*
 * Each reads the whole word; where it is not good the result is untouched. No sign, no blank, no
 * octal or hexadecimal but where it says so. */

/* Decimal digits only, min <= n <= max. */
enum value_fault value_number(const char *word, uint64_t min, uint64_t max, uint64_t *n);
/* The same with an optional '-', for nice. */
enum value_fault value_signed(const char *word, int64_t min, int64_t max, int64_t *n);
/* Octal digits, as chmod(1) takes them: 0666, 600; at most 07777. */
enum value_fault value_mode(const char *word, unsigned *mode);
/* Bytes: a number with an optional k, m, g (1024s, either case). At most max. */
enum value_fault value_size(const char *word, uint64_t max, uint64_t *bytes);
/* A duration: a number with an optional ms, s (default), m, h or d, at most 10 years. In
 * nanoseconds. */
enum value_fault value_time(const char *word, uint64_t *ns);
/* Starts per time, "N" (a minute), "N/s", "N/m", "N/h": the count and the period in nanoseconds. */
enum value_fault value_rate(const char *word, uint32_t *count, uint64_t *period_ns);
/* yes, no, on, off, true, false (any case). */
enum value_fault value_bool(const char *word, bool *yes);

/* How far apart two words are: insertions, deletions, swaps and changes; 99 for words over 32
 * bytes. */
unsigned value_distance(const char *a, const char *b);

#endif
