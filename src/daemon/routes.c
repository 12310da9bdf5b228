/* daemon/routes.c -- the files and facilities that services have for their lines of the log */
#include "config.h"

#include "base/log.h"
#include "base/route.h"
#include "daemon/private.h"

void server_route(const struct server *sv)
{
    const struct table *t = sv->master.table;
    route_clear();
    for (size_t i = 0; t && i < t->count; i++) {
        const struct entry *e = t->services[i]->entry;
        bool again = i > 0 && t->services[i - 1]->entry == e; /* another socket of it */
        const char *to = again ? NULL : e->settings->log, *why = to ? route_add(e->name, to) : NULL;
        if (why)
            log_warnx("%s: log %s: %s: its lines are in this log", e->name, to, why);
    }
    route_sort();
}
