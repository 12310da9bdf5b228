/* ctl/rows.h -- the daemon's answers to "status" and the like, as rows */
#ifndef DOORWARD_CTL_ROWS_H
#define DOORWARD_CTL_ROWS_H

#include "ctl/ctl.h"

enum { CTL_FIELDS = 32 };

struct ctl_field {
    const char *key, *value;
};

/* One service, one handler: the fields of its line, in their order, without quotes and escapes. */
struct ctl_row {
    char *text; /* what the fields point into */
    size_t count;
    struct ctl_field fields[CTL_FIELDS];
};

/* In what order those stand that want to be looked at. */
enum ctl_mood {
    CTL_FINE,   /* as it should be */
    CTL_HELD,   /* comes back by itself, or when told to */
    CTL_BROKEN, /* somebody has to do something */
    CTL_STRANGE /* none of the table in rows.c, or a service that is on its way out */
};

struct ctl_rows {
    struct ctl_row *at;
    size_t count, room;
    const char *head;    /* the word that begins their lines */
    unsigned long bans;  /* of "status": how many there are */
    struct ctl_row load; /* of "status": how the last load of the configuration went; or empty */
    char why[512];       /* ctl_rows_ask() says here what failed */
};

/* Take a line "HEAD service=... ..." apart; false: it is none. */
bool ctl_row_parse(struct ctl_row *row, const char *head, const char *line);
/* Append the row of a line that begins with rows->head; false: it does not. */
bool ctl_rows_add(struct ctl_rows *rows, const char *line);
/* "12" or "12.345" seconds in ns; false: it is none. */
bool ctl_seconds(const char *text, uint64_t *ns);
/* The value of `key`, or "". */
const char *ctl_row_get(const struct ctl_row *row, const char *key);
/* The `n`th of the fields that say how many were rejected for which reason; NULL: there are no
 * more. */
const struct ctl_field *ctl_row_reason(const struct ctl_row *row, size_t n);
/* Append "3m20s ago", with `before` and `after` around it; nothing where `key` is missing. */
void ctl_row_ago(const struct ctl_row *row, const char *key, const char *before, const char *after,
                 struct text *t);
/* What its state means. */
enum ctl_mood ctl_row_mood(const struct ctl_row *row);

/* The lines of the answer to `request` that begin with `head` (a constant); others are printed as
 * they are. ctl_ask()'s result. The rows are the caller's to free, whatever the result. */
int ctl_rows_ask(const char *socket, const char *request, const char *head, struct ctl_rows *rows);
/* The state of all services, asked for once more where a reload came in between. The same. */
int ctl_rows_read(const char *socket, struct ctl_rows *rows);
/* Keep those that `word` names: see base/naming.h. False: there is none. */
bool ctl_rows_pick(struct ctl_rows *rows, const char *word);
void ctl_rows_free(struct ctl_rows *rows);

#endif
