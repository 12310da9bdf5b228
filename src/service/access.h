/* service/access.h -- ordered allow and deny by address. Pure */
#ifndef DOORWARD_SERVICE_ACCESS_H
#define DOORWARD_SERVICE_ACCESS_H

#include "base/addr.h"

struct access_rule {
    struct prefix prefix;
    bool allow;
};

/* A growing list of rules; zeroed at birth. */
struct access {
    struct access_rule *rules;
    size_t count;
    bool has_allow; /* an allow rule is there: what no rule matches is refused */
};

/* Append a rule. False: out of memory, nothing changed. */
bool access_add(struct access *a, const struct prefix *prefix, bool allow);
void access_free(struct access *a);
bool access_equal(const struct access *a, const struct access *b);
/* A deep copy into `*to` (undefined before). False: out of memory. */
bool access_copy(struct access *to, const struct access *from);

/*
 * May `peer` in? The longest matching prefix decides, deny wins a tie; without a match, no if there
 * is any allow rule, else yes. A v4-mapped peer is judged as IPv4. `*rule` (may be NULL) is the
 * rule that decided, or NULL. */
bool access_check(const struct access *a, const struct addr *peer, const struct access_rule **rule);

#endif
