/* listen/store.c -- sockets that systemd keeps for us, should we crash */
#include "config.h"

#include "listen/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "listen/options.h"
#include "os/sd.h"

enum { AGAIN_MS = 20, NAME = 256 /* with its NUL: sd_pid_notify_with_fds(3) */ };

static const char prefix[] = "doorward/";

static void go_on(struct timer *t);

static struct {
    struct timer again;
    struct listening *ctx;
    char **gone; /* names that systemd is to forget */
    size_t next; /* of them */
    bool left;
} store = {.again.fire = go_on};

/* "doorward/tcp/127.0.0.1_80": what systemd does not take in a name is '_'. */
static const char *name_of(const struct listener *l, char name[static NAME])
{
    char address[ADDR_TEXT];
    struct text t;
    text_init(&t, name, NAME);
    text_add(&t, "%s%s/%s", prefix, proto_base(l->proto), listener_address(l, address));
    for (char *p = name; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == ':')
            *p = '_';
    return name;
}

bool store_is_ours(const char *name)
{
    return strncmp(name, prefix, sizeof prefix - 1) == 0;
}

static bool wants(const struct listener *l)
{
    return l->watch.fd >= 0 && !l->stored && !l->adopted && !options_hands_over(l);
}

/* What was to be forgotten goes first: the same name may come again. False: the queue is full. */
static bool send_gone(void)
{
    for (; store.gone && store.gone[store.next]; store.next++)
        if (!sd_store(-1, store.gone[store.next]))
            return false;
    strings_free(store.gone);
    store.gone = NULL;
    store.next = 0;
    return true;
}

static bool send_service(struct service *s)
{
    char name[NAME];
    for (size_t i = 0; i < s->nlisteners; i++) {
        struct listener *l = service_listeners(s)[i];
        if (wants(l) && !(l->stored = sd_store(l->watch.fd, name_of(l, name))))
            return false;
    }
    return true;
}

static bool send_all(void)
{
    const struct table *t = store.ctx ? store.ctx->table : NULL;
    bool room = send_gone();
    for (size_t i = 0; room && t && i < t->count; i++)
        room = send_service(t->services[i]);
    return room && t;
}

static void later(void)
{
    if (store.ctx && !store.again.slot)
        (void)loop_timer(store.ctx->loop, &store.again,
                         loop_now() + AGAIN_MS * NS_PER_MS); /* else with the next one */
}

static void go_on(struct timer *t)
{
    (void)t;
    if (!send_all())
        later();
}

void store_note(struct listening *ctx)
{
    if (!sd_stores())
        return;
    store.ctx = ctx;
    later();
}

void store_drop(const char *name)
{
    if (store.left || !sd_stores())
        return;
    (void)strings_add(&store.gone,
                      name); /* without memory the next doorward finds it, and drops it */
    later();
}

void store_forget(struct listener *l)
{
    char name[NAME];
    if (l->stored)
        store_drop(name_of(l, name));
    l->stored = false;
}

void store_leave(void)
{
    store.left = true;
    if (store.ctx)
        loop_timer_stop(store.ctx->loop, &store.again);
}
