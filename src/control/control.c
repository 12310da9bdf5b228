/* control/control.c -- the socket of doorwardctl: clients come, are read, written to and given
 * up */
#include "config.h"

#include "control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/private.h"
#include "os/fd.h"

enum { PATIENCE_S = 10, RETRY_MS = 10, AGAIN_S = 1, LOOK_S = 30 };

/* --- clients ---------------------------------------------------------------------------------- */

static void watch_door(struct control *c)
{
    bool room = false;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        room |= !c->clients[i];
    if (!room || c->watch.fd < 0)
        loop_unwatch(c->master->loop, &c->watch);
    else if (loop_watch(c->master->loop, &c->watch) < 0)
        log_warn("%s", c->path);
}

static void drop(struct client *cl)
{
    struct control *c = cl->control;
    loop_unwatch(c->master->loop, &cl->watch);
    loop_timer_stop(c->master->loop, &cl->timer);
    (void)close(cl->watch.fd); /* all it was owed is sent, or it does not want it */
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (c->clients[i] == cl)
            c->clients[i] = NULL;
    free(cl);
}

/* Nobody else's clients can take it. Without one the next accept(2) has to do. */
static void keep_reserve(struct control *c)
{
    if (c->reserve < 0)
        c->reserve = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void drop_reserve(struct control *c)
{
    if (c->reserve >= 0)
        (void)close(c->reserve); /* never used */
    c->reserve = -1;
}

static void leave(struct client *cl)
{
    struct control *c = cl->control;
    drop(cl);
    keep_reserve(c); /* before others see that there is room */
    watch_door(c);
}

/* Come back after `pause` ns, or when patience ends. */
static void come_back(struct client *cl, uint64_t pause)
{
    uint64_t due = loop_now() + pause;
    if (due > cl->deadline)
        due = cl->deadline;
    if (loop_timer(cl->control->master->loop, &cl->timer, due) < 0)
        leave(cl); /* no memory to wait for it */
}

static void be_patient(struct client *cl)
{
    cl->deadline = loop_now() + PATIENCE_S * NS_PER_S;
}

/* --- an answer goes, a request comes ---------------------------------------------------------- */

/* Send what there is. False: the client has gone. */
static bool flush(struct client *cl)
{
    while (cl->sent < cl->out.len) {
        ssize_t n = write(cl->watch.fd, cl->piece + cl->sent, cl->out.len - cl->sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        cl->sent += (size_t)n;
        be_patient(cl);
    }
    cl->sent = 0;
    text_init(&cl->out, cl->piece, sizeof cl->piece);
    return true;
}

/* The next whole line of the input, taken out of it. */
static bool take_line(struct client *cl, char line[static CONTROL_REQUEST])
{
    const char *end = memchr(cl->in, '\n', cl->in_len);
    if (!end)
        return false;
    size_t len = (size_t)(end - cl->in);
    memcpy(line, cl->in, len);
    line[len] = '\0';
    if (len > 0 && line[len - 1] == '\r')
        line[len - 1] = '\0';
    cl->in_len -= len + 1;
    memmove(cl->in, end + 1, cl->in_len);
    return true;
}

void control_wake(struct client *cl)
{
    be_patient(cl);
    come_back(cl, 0);
}

/* Without a deadline: that is the reload's. Only to see whether it hangs up. */
static void wait_for_reload(struct client *cl)
{
    loop_timer_stop(cl->control->master->loop, &cl->timer);
    if (loop_watch(cl->control->master->loop, &cl->watch) < 0)
        leave(cl);
}

/*
 * One piece of work, then the loop has its turn: nobody waits for more than a piece of an answer.
 * The loop knows readable descriptors only, so what a full socket keeps back is tried again by the
 * timer. */
void control_step(struct client *cl)
{
    char line[CONTROL_REQUEST];
    if (!flush(cl)) {
        leave(cl);
    } else if (cl->out.len > 0) {
        come_back(cl, RETRY_MS * NS_PER_MS);
    } else if (cl->listing.go_on) {
        cl->listing.go_on(cl);
        come_back(cl, 0);
    } else if (cl->closing) {
        leave(cl);
    } else if (take_line(cl, line)) {
        loop_unwatch(cl->control->master->loop, &cl->watch); /* one request at a time */
        control_request(cl, line);
        if (cl->reload || cl->upgrade)
            wait_for_reload(cl);
        else
            control_wake(cl);
    } else if (cl->in_len == sizeof cl->in) {
        loop_unwatch(cl->control->master->loop, &cl->watch);
        control_error(cl, "a request has at most %d bytes", CONTROL_REQUEST - 1);
        cl->closing = true;
        come_back(cl, 0);
    } else if (loop_watch(cl->control->master->loop, &cl->watch) < 0) {
        leave(cl);
    } else {
        come_back(cl, PATIENCE_S * NS_PER_S);
    }
}

static void time_came(struct timer *t)
{
    struct client *cl = loop_owner(t, struct client, timer);
    if (loop_now() >= cl->deadline)
        leave(cl);
    else
        control_step(cl);
}

/* An end of input: does it still want its answer? */
static bool still_there(int fd)
{
    struct pollfd p = {.fd = fd};
    return poll(&p, 1, 0) >= 0 && !(p.revents & (POLLHUP | POLLERR));
}

static void readable(struct watch *w)
{
    struct client *cl = loop_owner(w, struct client, watch);
    size_t room = sizeof cl->in - cl->in_len;
    ssize_t n = room > 0 ? read(w->fd, cl->in + cl->in_len, room) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n > 0)
        cl->in_len += (size_t)n;
    if (n > 0 && !cl->reload && !cl->upgrade)
        control_step(cl);
    else if (n == 0 && (cl->reload || cl->upgrade) && still_there(w->fd))
        loop_unwatch(cl->control->master->loop, w); /* all is said: it waits */
    else if (n <= 0)
        leave(cl);
}

/* --- the door --------------------------------------------------------------------------------- */

static bool trusted(int fd)
{
    struct addr peer = unixfile_peer(fd);
    return addr_family(&peer) == AF_UNIX && (peer.u.un.uid == 0 || peer.u.un.uid == geteuid());
}

static void refuse(int fd)
{
    static const char words[] = "error only root and the user who runs doorward may ask\n";
    log_warnx("control: refused a user who may not ask");
    (void)!write(fd, words, sizeof words - 1); /* a courtesy */
    (void)close(fd);                           /* it was not ours to read */
}

struct client *control_client(struct control *c, size_t slot, int fd)
{
    struct client *cl = calloc(1, sizeof *cl);
    if (!cl)
        return NULL;
    cl->control = c;
    cl->watch = (struct watch){.ready = readable, .fd = fd};
    cl->timer.fire = time_came;
    text_init(&cl->out, cl->piece, sizeof cl->piece);
    be_patient(cl);
    return c->clients[slot] = cl;
}

static void admit_client(struct control *c, int fd)
{
    size_t slot = 0;
    while (slot < CONTROL_CLIENTS && c->clients[slot])
        slot++;
    struct client *cl = slot < CONTROL_CLIENTS ? control_client(c, slot, fd) : NULL;
    if (cl)
        control_step(cl);
    else
        (void)close(fd); /* no room: it sees the end */
}

/* accept(2); the reserve makes room where there is none. */
static int take(struct control *c)
{
    int fd = accept(c->watch.fd, NULL, NULL);
    if (fd >= 0 || (errno != EMFILE && errno != ENFILE) || c->reserve < 0)
        return fd;
    drop_reserve(c);
    return accept(c->watch.fd, NULL, NULL);
}

static void knock(struct watch *w)
{
    struct control *c = loop_owner(w, struct control, watch);
    int fd = take(c);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
        /* Level-triggered: look away for a while. */
        if (loop_timer(c->master->loop, &c->again, loop_now() + AGAIN_S * NS_PER_S) == 0)
            loop_unwatch(c->master->loop, w);
    } else if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fd_blocking(fd, false) < 0)) {
        (void)close(fd); /* never used */
    } else if (fd >= 0 && !trusted(fd)) {
        refuse(fd);
    } else if (fd >= 0) {
        admit_client(c, fd);
        watch_door(c);
    }
    keep_reserve(c);
}

static void look_again(struct timer *t)
{
    watch_door(loop_owner(t, struct control, again));
}

/* --- a reload --------------------------------------------------------------------------------- */

void control_reloaded(struct control *c, uint32_t number, const struct table_change *change)
{
    for (size_t i = 0; c && i < CONTROL_CLIENTS; i++) {
        struct client *cl = c->clients[i];
        if (cl && cl->reload == number) {
            control_end_reload(cl, change);
            control_wake(cl);
        } else if (cl && cl->listing.go_on && cl->listing.of_table && change) {
            cl->listing.go_on = NULL;
            control_error(cl, "the configuration changed meanwhile: ask again");
        }
    }
}

/* --- life ------------------------------------------------------------------------------------- */

/* The socket, listening; -1 with errno. */
static int open_socket(const char *path, struct unixfile *made)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int error = unixfile_bind(fd, SOCK_STREAM, path, 0600, made);
    if (!error && listen(fd, CONTROL_CLIENTS) < 0)
        error = errno;
    if (!error)
        return fd;
    unixfile_remove(path, made);
    (void)close(fd); /* never used */
    errno = error;
    return -1;
}

static void open_anew(struct control *c)
{
    int fd = open_socket(c->path, &c->made), error = fd < 0 ? errno : 0;
    if (error && error != c->error)
        log_warn("control socket %s", c->path);
    else if (!error)
        log_warnx("control socket %s: its path had gone, it is made anew", c->path);
    c->error = error;
    c->watch.fd = fd;
    if (fd >= 0)
        watch_door(c);
}

void control_check(struct control *c)
{
    if (!c || (c->watch.fd >= 0 && unixfile_stands(c->path, &c->made)))
        return;
    loop_unwatch(c->master->loop, &c->watch);
    if (c->watch.fd >= 0)
        (void)close(c->watch.fd); /* nobody finds it any more */
    open_anew(c);
}

static void look(struct timer *t)
{
    struct control *c = loop_owner(t, struct control, look);
    control_check(c);
    (void)loop_timer(c->master->loop, t, loop_now() + LOOK_S * NS_PER_S); /* as from every fire */
}

struct control *control_new(struct master *m, const char *path, const struct control_acts *acts)
{
    struct control *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->master = m;
    c->path = path;
    c->acts = acts;
    c->again.fire = look_again;
    c->look.fire = look;
    c->watch = (struct watch){.ready = knock, .fd = -1};
    c->reserve = -1;
    return c;
}

bool control_begin(struct control *c)
{
    keep_reserve(c);
    return c->watch.fd >= 0 && loop_watch(c->master->loop, &c->watch) == 0 &&
           loop_timer(c->master->loop, &c->look, loop_now() + LOOK_S * NS_PER_S) == 0;
}

struct control *control_open(struct master *m, const char *path, const struct control_acts *acts)
{
    struct control *c = control_new(m, path, acts);
    if (!c)
        return NULL;
    c->watch.fd = open_socket(path, &c->made);
    if (control_begin(c))
        return c;
    int error = errno;
    control_close(c);
    errno = error;
    return NULL;
}

void control_close(struct control *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (c->clients[i]) {
            (void)flush(c->clients[i]); /* as much as it takes */
            drop(c->clients[i]);
        }
    drop_reserve(c);
    loop_timer_stop(c->master->loop, &c->again);
    loop_timer_stop(c->master->loop, &c->look);
    loop_unwatch(c->master->loop, &c->watch);
    if (c->watch.fd >= 0) {
        unixfile_remove(c->path, &c->made);
        (void)close(c->watch.fd); /* a listener has nothing to lose */
    }
    free(c);
}
