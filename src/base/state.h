/* base/state.h -- what one doorward hands to the next: named parts, of records, of fields */
#ifndef DOORWARD_BASE_STATE_H
#define DOORWARD_BASE_STATE_H

#include "base/addr.h"

/*
 * A head with a number, then parts, each with a name, a mark (whoever does not know it cannot go
 * on) and a length; in a part records with a length; in a record fields: numbers of 8 bytes, and
 * bytes with a length. A newer writer appends fields, which an older reader does not see, and adds
 * parts, which it skips. An older writer leaves out fields, which are 0 or empty then. So the
 * number changes only where an old name comes to mean something else. Numbers are as the machine
 * has them: it is the same. */
enum { STATE_NUMBER = 1 };

/* --- written --------------------------------------------------------------------------------- */

/* All zero at first. Where memory runs out it all is no good, and state_end() says so. */
struct state_out {
    char *at;
    size_t len, room;
    size_t part, record; /* where the lengths of those under way stand; 0: there is none */
    int *fds;            /* all descriptors that went in */
    size_t nfds, fd_room;
    bool failed;
};

/* Begin a part; `needed`: nobody can go on without understanding it. */
void state_part(struct state_out *o, const char *name, bool needed);
void state_record(struct state_out *o);
void state_put(struct state_out *o, uint64_t n);
void state_put_bytes(struct state_out *o, const void *bytes, size_t len);
/* NULL is "". */
void state_put_text(struct state_out *o, const char *text);
/* A named zone goes by its name. */
void state_put_addr(struct state_out *o, const struct addr *a);
/* Its number; below 0: none. */
void state_put_fd(struct state_out *o, int fd);
/* All is in. False: memory ran out. */
bool state_end(struct state_out *o);
void state_free(struct state_out *o);

/* --- read ------------------------------------------------------------------------------------ */

/* What is left of the whole, of a part, or of a record; borrowed. */
struct state_in {
    const char *at, *end;
    bool *bad; /* of the reader, set once something is not as it should be */
};

struct state_part {
    const char *name;
    bool needed;
    struct state_in records;
};

/* The parts of `len` bytes; their number, or 0: this is no state. `*bad` is borrowed. */
unsigned state_open(struct state_in *whole, const char *bytes, size_t len, bool *bad);
/* False: there is no more, or it is bad. */
bool state_next_part(struct state_in *whole, struct state_part *part);
bool state_next_record(struct state_in *records, struct state_in *record);
/* Fields, in the order in which they were put. */
uint64_t state_get(struct state_in *r);
/* The same, of at most `most`: else it is bad, and 0. */
uint64_t state_get_upto(struct state_in *r, uint64_t most);
bool state_get_flag(struct state_in *r);
const char *state_get_bytes(struct state_in *r, size_t *len);
const char *state_get_text(struct state_in *r);
/* The same text, that lives as long as the process; few different ones are to be had. NULL: "". */
const char *state_get_word(struct state_in *r);
struct addr state_get_addr(struct state_in *r);
/* The descriptor, close-on-exec; -1: none. */
int state_get_fd(struct state_in *r);

/* Where descriptors come from: `which(fd)` gives the one that stands for `fd`, or -1: bad. NULL: it
 * is itself. */
void state_descriptors(int (*which)(int fd));

#endif
