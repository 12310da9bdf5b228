/* evidence/eva/addr.c -- every address that a system may give, and what is made of it */
#include "config.h"

#include "base/addr.h"

#include <__fc_builtin.h>

static struct addr any(void)
{
    struct sockaddr_storage ss;
    Frama_C_make_unknown((char *)&ss, sizeof ss);
    return addr_from((const struct sockaddr *)&ss, Frama_C_unsigned_int_interval(0, sizeof ss));
}

int main(void)
{
    char text[ADDR_TEXT];
    struct addr a = any(), b = any(), c = addr_unmap(&a);
    struct prefix p =
        prefix_of(&a, Frama_C_unsigned_int_interval(0, 32), Frama_C_unsigned_int_interval(0, 128));
    addr_set_port(&c, addr_port(&a));
    (void)addr_compare(&a, &b); /* whatever it is */
    (void)addr_compare_host(&a, &b);
    (void)addr_is_any(&a);
    (void)addr_is_multicast(&a);
    (void)addr_answerable(&a);
    (void)addr_len(&a);
    (void)prefix_contains(&p, &b);
    (void)prefix_compare(&p, &p);
    (void)addr_format(&c, text);
    (void)prefix_format(&p, text);
    return 0;
}
