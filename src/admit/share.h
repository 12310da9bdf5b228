/*
 * admit/share.h -- one cap over all services (--handlers-max), and whose turn it is when it is
 * reached.
 *
 * Services that find all places taken are held, and stand in line. A place that is given back goes
 * to the first of them that has a client; who wants more stands behind the others. */
#ifndef DOORWARD_ADMIT_SHARE_H
#define DOORWARD_ADMIT_SHARE_H

#include "admit/master.h"
#include "service/service.h"

/* May the service take a place? If not, it is held, and stands in line. */
bool share_ready(struct master *m, struct service *s);
/* It takes one, or gives one back. */
void share_take(struct master *m, const struct service *s);
void share_give(struct master *m);

/* As share_ready(), where the client has a place already, of another service's, which he is about
 * to give back. */
bool share_passes(struct master *m, struct service *s);

/* After a reload: the cap may be another one. */
void share_refresh(struct master *m);
/* The service goes. */
void share_forget(struct service *s);

#endif
