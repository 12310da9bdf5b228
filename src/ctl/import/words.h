/* ctl/import/words.h -- a growing list of words */
#ifndef DOORWARD_CTL_IMPORT_WORDS_H
#define DOORWARD_CTL_IMPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Each word is a copy that the list owns; behind the last one stands NULL, where there are any.
 * Zeroed at birth; memory that is not there ends the program. */
struct ctl_words {
    char **at;
    size_t count;
};
void ctl_words_add(struct ctl_words *w, const char *text, size_t len);
/* Split at blanks. */
void ctl_words_split(struct ctl_words *w, const char *text);
/* Take out the one at `i`, or all that are `text`. */
void ctl_words_drop(struct ctl_words *w, size_t i);
void ctl_words_remove(struct ctl_words *w, const char *text);
bool ctl_words_have(const struct ctl_words *w, const char *text); /* whatever the case */
void ctl_words_free(struct ctl_words *w);

#endif
