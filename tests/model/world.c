/* model/world.c -- a master in the played kernel, from its start to its end */
#include "config.h"

#include "model/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admit/hold.h"
#include "daemon/server.h"
#include "model/calls.h"

struct world world;

static char *again[] = {(char *)"doorward", NULL};
static char *no_environment[] = {NULL};

static struct server_options options;

PLAYED(void, web_start, struct master *m)
{
    world.master = m;
    __real_web_start(m);
}

void world_start(void)
{
    kernel_reset();
    kernel.forked = player_forked;
    kernel.ended = player_ended;
    memset(&world, 0, sizeof world);
    checks_reset();
}

static struct conf_options usual(void)
{
    static struct settings *defaults;
    if (!defaults && !(defaults = settings_new()))
        abort();
    return (struct conf_options){.defaults = defaults};
}

bool world_learn(const char *const *texts, size_t n)
{
    struct conf_options conf = usual();
    return players_learn(texts, n, &conf);
}

int world_run(const char *text)
{
    options = (struct server_options){.text_name = "--run",
                                      .single = true,
                                      .conf = usual(),
                                      .again = again,
                                      .environ = no_environment,
                                      .program = "/bin/sh",
                                      .state = -1};
    world_text(text);
    kernel.plays = true;
    if (setjmp(kernel.again)) {
        world.master = NULL;
        players_forget();
        world.upgrades++;
        options.state = kernel.executes;
    }
    int status = server_run(&options);
    world.master = NULL;
    kernel.plays = false;
    return status;
}

void world_text(const char *text)
{
    options.text = player_text = text;
}

/* --- to find and to do ----------------------------------------------------------------------- */

struct service *world_service(size_t port)
{
    const struct table *t = world.master ? world.master->table : NULL;
    for (size_t i = 0; t && i < t->count; i++) {
        struct service *s = t->services[i];
        if (s->mark != MARK_GONE && s->nlisteners > 0 &&
            addr_port(&service_listeners(s)[0]->at) == PORT_FIRST + port)
            return s;
    }
    return NULL;
}

struct object *world_listener(size_t port)
{
    for (int fd = FD_FIRST; fd < kernel.top; fd++) {
        struct object *o = kernel.fds[fd].object;
        if (o && o->kind == OBJ_LISTENER && o->listens &&
            ntohs(o->at.sin_port) == PORT_FIRST + port)
            return o;
    }
    return NULL;
}

bool world_client(size_t port, unsigned source)
{
    struct object *l = world_listener(port);
    if (!l || l->queued == QUEUE_MOST)
        return false;
    struct object *c = object_new(OBJ_CLIENT);
    c->id = 1 + world.clients++ % 60000;
    c->source = source;
    c->port = (uint16_t)(PORT_FIRST + port);
    l->queue[l->queued++] = c;
    checks_new_client(c->id);
    return true;
}

void world_pause(size_t port, bool pause)
{
    struct service *s = world_service(port);
    if (!s)
        return;
    world.paused[port] = pause ? s->id : 0;
    (pause ? hold_begin : hold_end)(world.master, s, HOLD_ADMIN);
}
