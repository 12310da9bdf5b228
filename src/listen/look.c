/* listen/look.c -- what is asked of a helper about a socket that handlers share */
#include "config.h"

#include "listen/look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "listen/health.h"
#include "os/diag.h"
#include "os/fd.h"
#include "os/packet.h"

/* --- in the helper -------------------------------------------------------------------------- */

/* Whoever shares it may make it blocking again at any moment: then we wait, and the client that
 * comes is not lost. */
static void accept_client(int fd, struct found *f)
{
    f->len = sizeof f->from;
    f->fd = fd_blocking(fd, false) < 0 ? -1 : fd_accept(fd, &f->from, &f->len);
    f->error = f->fd < 0 ? errno : 0;
}

static int look(int fd, const void *ask, void *answer)
{
    const struct look_ask *a = ask;
    struct found *f = answer;
    struct listener *l = a->listener;
    l->watch.fd = fd;
    l->adopted = a->adopted;
    if (l->mode == MODE_UNIX)
        l->made = a->made;
    f->fd = -1;
    if (a->what & LOOK_FIRST)
        f->first = l->socktype == SOCK_DGRAM ? packet_first_stamp(fd) : diag_first(fd);
    if (a->what & LOOK_HEALTH)
        f->why = health_look(l, true);
    if (a->what & LOOK_CLIENT)
        accept_client(fd, f);
    return f->fd;
}

/* --- in the master -------------------------------------------------------------------------- */

static void looked(struct question *q, const void *answer, int fd)
{
    struct look *k = loop_owner(q, struct look, question);
    struct listener *l = k->ask.listener;
    struct found f;
    if (answer) {
        memcpy(&f, answer, sizeof f);
        f.fd = fd;
    }
    l->waiter = 0;
    k->then(k->arg, l, answer ? &f : NULL);
}

void look_ask(struct helpers *helpers, struct look *k, struct listener *l, unsigned what)
{
    memset(&k->ask, 0, sizeof k->ask); /* what is between its members is sent, too */
    k->ask.listener = l;
    k->ask.adopted = l->adopted;
    k->ask.what = what;
    if (l->mode == MODE_UNIX)
        k->ask.made = l->made;
    k->question.act = look;
    k->question.done = looked;
    k->question.ask = &k->ask;
    k->question.size = sizeof k->ask;
    k->question.fd = l->watch.fd;
    k->question.whose = (struct holder){l->service, l->service->entry->settings->who->uid};
    helpers_ask(helpers, &k->question);
}
