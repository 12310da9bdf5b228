/* conf/reply.h -- an answer under construction, and who makes it: the system. Part of conf. */
#ifndef DOORWARD_CONF_REPLY_H
#define DOORWARD_CONF_REPLY_H

#include "base/text.h"
#include "conf/ask.h"

/* Grows; zeroed at birth. */
struct reply {
    char *bytes;
    size_t len, room;
    bool failed, no_memory;
    bool nothing; /* was found by a look-up: see system_answer() */
};

/* Append; without memory for it, note that. */
void reply_add(struct reply *r, const void *bytes, size_t len);
/* A place for `len` bytes more at the end, to be counted into `len` when they are written. NULL:
 * noted. */
char *reply_room(struct reply *r, size_t len);
/* Drop all behind `start` and fail with this text. */
void reply_fail(struct reply *r, size_t start, const char *why);
/* The same with the text of an errno, and reply_note(). */
void reply_error(struct reply *r, size_t start, int error);
/* Whatever ended with this errno, 0 for none: note it where that is a lack of memory, which is not
 * to pass for an answer. */
void reply_note(struct reply *r, int error);
/* The same for a look-up that found nothing. */
void reply_nothing(struct reply *r, int error);

/* Append the system's answer to a question of conf/ask.h. It may block. Who finds nothing looks
 * twice: glibc finds nothing, and does not say why, where it has no memory to open a file of
 * names. */
void system_answer(enum ask_kind kind, const char *first, const char *second, struct reply *r);
/* Names of services are asked many times in a load: keep them open, and then close them, so that
 * the next load sees edits. */
void system_open(void);
void system_close(void);

/* The same for files, folders and programs. */
void system_argument(const char *path, const char *none, struct reply *r);
void system_file(const char *path, const char *none, struct reply *r);
void system_folder(const char *path, const char *optional, struct reply *r);
void system_glob(const char *pattern, const char *none, struct reply *r);
void system_string(const char *path, const char *word, struct reply *r);
void system_program(const char *path, const char *looks_for, struct reply *r);
void system_directory(const char *path, const char *looks_for, struct reply *r);

#endif
