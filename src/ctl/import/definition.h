/* ctl/import/definition.h -- a definition under construction: comments first, then the entry.
 *
 * This folder: other programs' configurations become definitions on stdout. It includes ctl/ctl.h
 * and base/; of the rest of ctl/ nothing. */
#ifndef DOORWARD_CTL_IMPORT_DEFINITION_H
#define DOORWARD_CTL_IMPORT_DEFINITION_H

#include <stdio.h>

#include "ctl/ctl.h"
#include "ctl/import/words.h"

/* Nothing is written before ctl_def_end(). */
struct ctl_def {
    FILE *notes, *keys; /* into the texts */
    char *notes_text, *keys_text;
    size_t notes_len, keys_len;
    bool any;     /* a key is there */
    bool off;     /* as "NAME off" */
    bool weak;    /* for a reason that a comment says */
    bool refused; /* as a comment: it would not be valid */
};

void ctl_def_begin(struct ctl_def *d);
/* A line of comment. */
void ctl_def_note(struct ctl_def *d, const char *fmt, ...) TEXT_PRINTF(2, 3);
/* The same; and the entry is off, because it would be open wider than it was. */
void ctl_def_weak(struct ctl_def *d, const char *fmt, ...) TEXT_PRINTF(2, 3);
/* The same; and the whole entry is a comment. */
void ctl_def_refuse(struct ctl_def *d, const char *fmt, ...) TEXT_PRINTF(2, 3);
/* "key = word": quoted where it needs it. */
void ctl_def_key(struct ctl_def *d, const char *key, const char *word);
void ctl_def_number(struct ctl_def *d, const char *key, unsigned long n);
/* "key = word word ...", nothing for none. */
void ctl_def_list(struct ctl_def *d, const char *key, const struct ctl_words *words);
/* "key = TEXT" as it is. */
void ctl_def_raw(struct ctl_def *d, const char *key, const char *fmt, ...) TEXT_PRINTF(3, 4);
/* Write it to stdout under the name `service`, and free it. */
void ctl_def_end(struct ctl_def *d, const char *service);

/* Comment on stdout. */
void ctl_comment(const char *fmt, ...) TEXT_PRINTF(1, 2);

/* --- what doorward would say to it ------------------------------------------------------------ */

/* Refuse the entry where this machine does not know the user or the group; NULL is fine. */
void ctl_def_check_user(struct ctl_def *d, const char *user, const char *group);
/* "exec" and "args": `argv`, its own name first, or nothing. Refuse the entry where that name is
 * none for this program. */
void ctl_def_program(struct ctl_def *d, const char *program, const struct ctl_words *argv);
/* The name of an executable as an absolute path, looked for where PATH of a system leads; NULL:
 * not there. */
char *ctl_find_program(const char *name);

#endif
