/* evidence/eva/proxy.c -- every header of at most 80 bytes, to its end or not */
#include "config.h"

#include "service/proxy.h"

#include <__fc_builtin.h>

enum { MOST = 80 };

int main(void)
{
    uint8_t head[MOST];
    struct proxy_want want;
    struct proxy_said said;
    Frama_C_make_unknown((char *)head, sizeof head);
    size_t len = Frama_C_unsigned_long_interval(0, sizeof head);
    if (proxy_look(head, len, &want) == PROXY_WHOLE)
        (void)proxy_read(head, len, &said); /* whatever it is */
    return 0;
}
