/* ctl/import/systemd.h -- a socket unit and its service on the way to definitions. Private to
 * ctl_systemd*.c. Rank 1. */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_H

#include "ctl/import/systemd_unit.h"

struct sd_import {
    struct unit socket, service;
    struct ctl_def def;
    bool accept; /* a process for each connection */
    bool tcp, is_unix;
};

/* The rest of the [Socket] section, and what both sections may say of resources and peers. */
void sd_map_socket(struct sd_import *s);
/* The [Service] section. */
void sd_map_service(struct sd_import *s);

/* A size, number or "infinity" of systemd's, as doorward writes it. False: neither. */
bool sd_size(const char *value, char *out, size_t size);
/* A time of systemd's in milliseconds. */
bool sd_time(const char *value, unsigned long *ms);

/* One key of a section: how it is mapped, or why not. */
struct sd_row {
    const char *name;
    void (*map)(struct sd_import *s, const char *value, const char *key); /* NULL: elsewhere */
    const char *key;                                                      /* or the reason */
};
/* Map what `rows` say of the lines of `section`; for a key that is in none, the comment says so. */
void sd_map_rows(struct sd_import *s, const struct unit *u, const char *section,
                 const struct sd_row *rows, size_t count);
/* Maps: a comment with `key` as the reason; the same, and off; nothing, for what needs no word. */
void sd_say(struct sd_import *s, const char *value, const char *key);
void sd_say_weak(struct sd_import *s, const char *value, const char *key);
/* "key = value". */
void sd_word(struct sd_import *s, const char *value, const char *key);
void sd_size_key(struct sd_import *s, const char *value, const char *key);

#endif
