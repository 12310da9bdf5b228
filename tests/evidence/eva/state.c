/* evidence/eva/state.c -- every state of at most 48 bytes that another doorward hands on */
#include "config.h"

#include "base/state.h"

#include <__fc_builtin.h>

enum { MOST = 48 };

int main(void)
{
    char bytes[MOST];
    bool bad;
    size_t len;
    struct state_in whole, record;
    struct state_part part;
    Frama_C_make_unknown(bytes, sizeof bytes);
    if (!state_open(&whole, bytes, Frama_C_unsigned_long_interval(0, sizeof bytes), &bad))
        return 0;
    while (state_next_part(&whole, &part))
        while (state_next_record(&part.records, &record)) {
            (void)state_get(&record); /* whatever it is */
            (void)state_get_text(&record);
            (void)state_get_addr(&record);
            (void)state_get_bytes(&record, &len);
            (void)state_get_flag(&record);
            (void)state_get_upto(&record, 7);
        }
    return 0;
}
