/* evidence/eva/lex.c -- every configuration of at most 24 bytes, as words and as tokens */
#include "config.h"

#include "conf/lex.h"

#include <__fc_builtin.h>

enum { MOST = 24 };

int main(void)
{
    char text[MOST];
    Frama_C_make_unknown(text, sizeof text);
    struct lex *lx = lex_new("file", text, Frama_C_unsigned_long_interval(0, sizeof text));
    if (!lx)
        return 0;
    for (int i = 0; i < MOST; i++) {
        (void)lex_word(lx); /* whatever it is */
        (void)lex_token(lx, i % 2);
        (void)lex_at_statement(lx);
    }
    lex_skip_line(lx);
    lex_skip_definition(lx);
    lex_free(lx);
    return 0;
}
