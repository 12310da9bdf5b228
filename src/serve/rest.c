/* serve/rest.c -- before an upgrade: nobody is started, and nobody is halfway */
#include "config.h"

#include "serve/rest.h"

#include "os/helper.h"
#include "serve/start.h"

bool rest_all(struct master *m, bool rest)
{
    const struct table *t = m->table;
    m->rests = rest;
    starters_rest(m->starters, rest);
    bool settled = helpers_rest(m->helpers, rest);
    settled = !rest || (settled && starters_settle(m->starters));
    start_reports(m);
    for (size_t i = 0; i < t->count; i++) {
        if (rest && settled && t->services[i]->starting)
            start_withdraw(m, t->services[i]);
        if (!rest)
            start_fewer(m, t->services[i]); /* some were withdrawn */
        if (!rest && t->services[i]->waiting)
            m->changed(m, t->services[i]);
    }
    return settled;
}
