/* daemon/again.c -- the command line once more, with absolute paths, for who takes over */
#include "config.h"

#include "daemon/again.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"

void again_word(struct again *a, const char *word)
{
    a->lost |= !strings_add(&a->words, word);
}

/* A word of any length: `head`, `name`, and, where there is one, `link` and `arg`. */
static void add(struct again *a, const char *head, const char *name, const char *link,
                const char *arg)
{
    size_t size = strlen(head) + strlen(name) + (arg ? strlen(link) + strlen(arg) : 0) + 1;
    char *word = malloc(size);
    a->lost |= !word;
    if (!word)
        return;
    (void)text_fits(word, size, "%s%s%s%s", head, name, arg ? link : "",
                    arg ? arg : ""); /* so it is */
    again_word(a, word);
    free(word);
}

void again_option(struct again *a, char letter, const char *name, const char *arg)
{
    const char one[] = {letter, '\0'};
    if (name)
        add(a, "--", name, "=", arg);
    else
        add(a, "-", one, "", arg);
}

void again_places(struct again *a, const char *pidfile, bool pidfile_given, const char *control,
                  bool control_given)
{
    if (pidfile_given)
        add(a, "--", "pidfile", "=", pidfile ? pidfile : "");
    if (control_given)
        add(a, "--", "control", "=", control ? control : "");
    again_word(a, "--");
}

void again_run(struct again *a, const char *where, unsigned port)
{
    char number[16], *place = strdup(where);
    a->lost |= !place;
    if (!place)
        return;
    if (port > 0)
        place[strlen(place) - 1] = '\0';                /* the 0 that stood for any */
    (void)text_fits(number, sizeof number, "%u", port); /* it fits */
    add(a, place, port > 0 ? number : "", "", NULL);
    free(place);
}
