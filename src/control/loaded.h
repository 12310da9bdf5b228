/* control/loaded.h -- how the last load of the configuration went */
#ifndef DOORWARD_CONTROL_LOADED_H
#define DOORWARD_CONTROL_LOADED_H

#include "base/state.h"
#include "base/text.h"
#include "service/service.h"

enum loaded_how { LOADED_NONE, LOADED_START, LOADED_GOOD, LOADED_REFUSED, LOADED_HOWS };

/* All zero at first. The loader tells it; of a line that is longer the end is left out. */
struct loaded {
    enum loaded_how how;
    uint64_t at;     /* ns, loop_now(): its end */
    uint64_t errors; /* of the configuration, those at the start included */
    char error[512]; /* the first of them; "": none */
    char what[1024]; /* of a good one: the words of the log's line */
    char next[512];  /* the first error of the load that runs */
};

/* The load that runs has an error, a line of `doorward -t`. */
void loaded_error(struct loaded *l, const char *line);
/* It is over; `change` for LOADED_GOOD, else it may be NULL. */
void loaded_end(struct loaded *l, enum loaded_how how, size_t errors,
                const struct table_change *change);
/* Where nobody is served, the log says why. */
void loaded_say_nothing(const struct loaded *l, const struct table *t);
/* "load result= age= ...", a line of the answer to "status". False: there was none. */
bool loaded_line(const struct loaded *l, const struct table *table, struct text *t);

/* For an upgrade. */
void loaded_save(const struct loaded *l, struct state_out *o);
void loaded_restore(struct loaded *l, struct state_in *records);

#endif
