/* ctl/import/words.c -- a growing list of words */
#include "config.h"

#include "ctl/import/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl/ctl.h"

static const char blanks[] = " \t\r\n";

void ctl_words_add(struct ctl_words *w, const char *text, size_t len)
{
    w->at = ctl_grow(w->at, (w->count + 2) * sizeof *w->at);
    w->at[w->count++] = ctl_copy(text, len);
    w->at[w->count] = NULL;
}

void ctl_words_split(struct ctl_words *w, const char *text)
{
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        size_t len = strcspn(text, blanks);
        ctl_words_add(w, text, len);
        text += len;
    }
}

void ctl_words_drop(struct ctl_words *w, size_t i)
{
    free(w->at[i]);
    for (; i < w->count; i++) /* with the NULL at the end */
        w->at[i] = w->at[i + 1];
    w->count--;
}

void ctl_words_remove(struct ctl_words *w, const char *text)
{
    for (size_t i = 0; i < w->count;) {
        if (strcmp(w->at[i], text) == 0)
            ctl_words_drop(w, i);
        else
            i++;
    }
}

bool ctl_words_have(const struct ctl_words *w, const char *text)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcasecmp(w->at[i], text) == 0)
            return true;
    return false;
}

void ctl_words_free(struct ctl_words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->at[i]);
    free(w->at);
    *w = (struct ctl_words){.at = NULL};
}
