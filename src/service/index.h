/* service/index.h -- listeners found by endpoint */
#ifndef DOORWARD_SERVICE_INDEX_H
#define DOORWARD_SERVICE_INDEX_H

#include "service/service.h"

/* One side of an endpoint: a dual-stack listener has two, any other one. */
struct side {
    const struct listener *of;
    int family;
};

struct index {
    struct {
        struct listener *l;
        int family;
    } * slots;
    size_t mask;
};

/* Room for that many listeners. False: out of memory. The caller frees slots. */
bool index_make(struct index *x, size_t listeners);
/* The slot of the living listener that has this side, or the empty one for it. */
size_t index_find(const struct index *x, const struct side *side);
void index_put(struct index *x, size_t slot, struct listener *l, int family);

/* How many sides `l` has, and the family of each. */
unsigned sides(const struct listener *l);
int side_family(const struct listener *l, unsigned side);

/* Free the names of files that the table's services pointed to. */
void table_drop_files(struct table *t);

#endif
