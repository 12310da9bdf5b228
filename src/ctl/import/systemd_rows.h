/* ctl/import/systemd_rows.h -- keys of a unit's section, each by its row of a table; sizes and
 * times. */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_ROWS_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_ROWS_H

#include "ctl/import/definition.h"
#include "ctl/import/systemd_unit.h"

/* A socket unit and its service on the way to definitions. */
struct sysd_import {
    struct unit socket, service;
    struct ctl_def def;
    bool requires;            /* it has a key of the cage, and so `require` */
    bool accept;              /* a process for each connection */
    size_t lines;             /* Listen lines */
    size_t sockets;           /* that its definition has */
    bool tcp, is_ip, is_unix; /* among them */
};

/* A size, number or "infinity" of systemd's, as doorward writes it. False: neither. */
bool sysd_size(const char *value, char *out, size_t size);
/* A time of systemd's in milliseconds. */
bool sysd_time(const char *value, unsigned long *ms);

/* One key of a section. */
struct sysd_row {
    const char *name;
    /* NULL: it is looked at elsewhere, or needs no word. */
    void (*map)(struct sysd_import *s, const struct sysd_row *row, const char *value);
    const char *key; /* of doorward */
    const char *why; /* there is none */
};
/* Map what `rows` say of the lines of `section`, the last one of each name; one
 * that is in none may protect: it makes the definition off. */
void sysd_map_rows(struct sysd_import *s, const struct unit *u, const char *section,
                   const struct sysd_row *rows, size_t count);

/* Is the value a switch that is off? */
bool sysd_is_no(const char *value);

/* Maps: a comment with the reason; the same, and off; the same, unless the value is a no. */
void sysd_say(struct sysd_import *s, const struct sysd_row *row, const char *value);
void sysd_say_weak(struct sysd_import *s, const struct sysd_row *row, const char *value);
void sysd_say_guard(struct sysd_import *s, const struct sysd_row *row, const char *value);
/* "key = value"; as a size, a mode. */
void sysd_word(struct sysd_import *s, const struct sysd_row *row, const char *value);
void sysd_size_key(struct sysd_import *s, const struct sysd_row *row, const char *value);
void sysd_mode_key(struct sysd_import *s, const struct sysd_row *row, const char *value);

#endif
