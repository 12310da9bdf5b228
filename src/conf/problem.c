/* conf/problem.c -- a problem as one line, the same in the log and on the terminal */
#include "config.h"

#include "base/text.h"
#include "conf/conf.h"

void conf_problem(struct text *t, const struct place *at, enum conf_severity severity,
                  const char *what)
{
    static const char *const words[] = {[CONF_WARNING] = "warning", [CONF_ERROR] = "error"};
    /* An option's text, of which no line was ever written; or a file as a whole. */
    if (at->file[0] == '-' || at->line == 0)
        text_add(t, "%s: %s: %s", at->file, words[severity], what);
    else
        text_add(t, "%s:%u:%u: %s: %s", at->file, at->line, at->column, words[severity], what);
}
