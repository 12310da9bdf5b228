/* daemon/export/unit.c -- a socket unit of systemd and its service under construction */
#include "config.h"

#include "daemon/export/unit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool unit_begin(struct unit *u, const struct service *s)
{
    *u = (struct unit){.service = s, .set = s->entry->settings, .accept = !s->entry->wait};
    u->notes = open_memstream(&u->text[0], &u->len[0]);
    u->socket = open_memstream(&u->text[1], &u->len[1]);
    u->handler = open_memstream(&u->text[2], &u->len[2]);
    return u->notes && u->socket && u->handler;
}

bool unit_end(struct unit *u)
{
    FILE **all[] = {&u->notes, &u->socket, &u->handler};
    bool good = true;
    for (size_t i = 0; i < 3; i++) {
        good = good && *all[i] && !ferror(*all[i]);
        if (*all[i] && fclose(*all[i]) != 0)
            good = false;
        *all[i] = NULL;
    }
    return good;
}

void unit_free(struct unit *u)
{
    (void)unit_end(u); /* it may have been done; the texts go */
    for (size_t i = 0; i < 3; i++)
        free(u->text[i]);
}

/* What others wrote makes no line of its own. */
static void note(struct unit *u, const char *fmt, va_list ap) TEXT_PRINTF(2, 0);
static void note(struct unit *u, const char *fmt, va_list ap)
{
    char line[2048];
    struct text t;
    text_init(&t, line, sizeof line);
    text_vadd(&t, fmt, ap);
    text_mark_cut(&t);
    for (char *at = line; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = '?';
    (void)fprintf(u->notes, "# %s\n", line); /* looked at in the end; so for all here */
}

void unit_note(struct unit *u, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    note(u, fmt, ap);
    va_end(ap);
}

void unit_refuse(struct unit *u, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    note(u, fmt, ap);
    va_end(ap);
    u->refused = true;
}

void unit_leave(struct unit *u, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    note(u, fmt, ap);
    va_end(ap);
    u->left = true;
}

static void put(FILE *out, const char *word, bool command, bool quoted)
{
    for (const char *at = word; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (c < ' ' || c == 127)
            (void)fprintf(out, "\\x%02x", (unsigned)c);
        else if (quoted && (c == '"' || c == '\\'))
            (void)fprintf(out, "\\%c", c);
        else if (c == '%' || (command && c == '$'))
            (void)fprintf(out, "%c%c", c, c);
        else
            (void)fputc(c, out);
    }
}

void unit_word(FILE *out, const char *word, bool command)
{
    (void)fputc('"', out);
    put(out, word, command, true);
    (void)fputc('"', out);
}

void unit_value(FILE *out, const char *value)
{
    put(out, value, false, false);
}
