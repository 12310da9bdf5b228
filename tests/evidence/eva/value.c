/* evidence/eva/value.c -- every word of at most 8 bytes, as a number, a time and so on */
#include "config.h"

#include "base/value.h"

#include <__fc_builtin.h>

int main(void)
{
    char word[9];
    uint64_t n = 0, period = 0;
    int64_t s = 0;
    unsigned mode = 0;
    uint32_t count = 0;
    bool yes = false;
    Frama_C_make_unknown(word, sizeof word - 1);
    word[sizeof word - 1] = '\0';
    (void)value_number(word, 0, UINT64_MAX, &n); /* whatever it is */
    (void)value_signed(word, INT64_MIN, INT64_MAX, &s);
    (void)value_mode(word, &mode);
    (void)value_size(word, UINT64_MAX, &n);
    (void)value_time(word, &n);
    (void)value_rate(word, &count, &period);
    (void)value_bool(word, &yes);
    return (int)value_distance(word, "timeout");
}
