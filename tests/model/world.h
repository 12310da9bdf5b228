/* model/world.h -- the master and those around it, and what must be true of them */
#ifndef DOORWARD_MODEL_WORLD_H
#define DOORWARD_MODEL_WORLD_H

#include "admit/master.h"
#include "model/players.h"

enum { PORT_FIRST = 7001, PORTS = 3, SOURCES = 3 };

struct world {
    struct master *master;
    unsigned clients;                                      /* that came, ever */
    uint32_t paused[PORTS];                                /* by doorwardctl: the service's id; 0 */
    bool ends;                                             /* TERM was sent */
    uint64_t served, refused, failures, reloads, upgrades; /* to tell */
};
extern struct world world;

/* Everybody is there but the master. */
void world_start(void);

/* Run a master from `text` on, upgrades included, until TERM. Its exit status. */
int world_run(const char *text);
/* What the master reads at its next load; one of those that were learnt. */
void world_text(const char *text);
/* Before all: what the readers will say of each. */
bool world_learn(const char *const *texts, size_t n);

/* The service at a port, or the listener's object there; NULL: there is none. */
struct service *world_service(size_t port);
struct object *world_listener(size_t port);

/* A client comes; false: there is no room in the queue. */
bool world_client(size_t port, unsigned source);
void world_pause(size_t port, bool pause);

/* Handlers and starts of a service, and of one source of it (NULL: of all), as they stand on
 * record. */
struct world_count {
    const struct service *service;
    const struct addr *source;
    uint32_t running, starting;
};
struct world_count world_count(const struct service *s, const struct addr *source);

/* All that must be true while the master waits. */
void world_check(void);
/* All that must be true when nothing goes on any more. */
void world_check_quiet(void);

/* --- admissions.c's -------------------------------------------------------------------------- */

void checks_reset(void);
/* Of all that were closed somebody has said why. */
void checks_lost(void);
void checks_new_client(unsigned id);
/* He may be closed without being served. */
void checks_excuse(unsigned id);

#endif
