/* control/answer.c -- the words of an answer, and of an argument */
#include "config.h"

#include <string.h>

#include "control/private.h"

enum { END_ROOM = 512 }; /* kept for the line that ends an answer */

/* A line; what could forge another one is written as '?'. */
static void add_harmless(struct text *out, const char *fmt, ...) TEXT_PRINTF(2, 3);

static void add_harmless(struct text *out, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    size_t at = out->len;
    text_vadd(out, fmt, ap);
    va_end(ap);
    for (; at < out->len; at++)
        if ((unsigned char)out->at[at] < ' ' || out->at[at] == 127)
            out->at[at] = '?';
    text_add(out, "\n");
}

bool control_line(struct client *cl, const char *line)
{
    struct text *out = &cl->out;
    size_t len = strlen(line);
    if (len > CONTROL_LINE)
        len = CONTROL_LINE;
    if (out->len + len + 2 + END_ROOM > out->size)
        return false;
    add_harmless(out, " %.*s", (int)len, line);
    return true;
}

void control_put(struct client *cl, const char *fmt, ...)
{
    char line[CONTROL_LINE];
    struct text t;
    va_list ap;
    text_init(&t, line, sizeof line);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    if (!control_line(cl, line))
        cl->left_out++;
}

static void count_left_out(struct client *cl)
{
    if (cl->left_out)
        text_add(&cl->out, " and %zu more\n", cl->left_out);
    cl->left_out = 0;
}

void control_ok(struct client *cl)
{
    count_left_out(cl);
    text_add(&cl->out, "ok\n");
}

void control_error(struct client *cl, const char *fmt, ...)
{
    char why[256];
    struct text t;
    va_list ap;
    count_left_out(cl);
    text_init(&t, why, sizeof why);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    add_harmless(&cl->out, "error %s", why);
}

/* --- arguments -------------------------------------------------------------------------------- */

enum naming_fit control_names(struct client *cl, const char *word)
{
    const struct table *t = cl->control->master->table;
    enum naming_fit best = NAMING_OTHER;
    for (size_t i = 0; i < t->count && best < NAMING_IS;
         i++) { /* also one that is on its way out */
        enum naming_fit fit = service_is_named(t->services[i], word);
        best = fit > best ? fit : best;
    }
    if (!best)
        control_error(cl, "no service is named \"%s\"", word);
    return best;
}

bool control_word(const char **arg, char *word, size_t size)
{
    size_t len = strcspn(*arg, " ");
    bool good = len > 0 && text_fits(word, size, "%.*s", (int)len, *arg);
    *arg += len;
    *arg += strspn(*arg, " ");
    return good;
}
