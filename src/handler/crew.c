/* handler/crew.c -- who is there to start handlers: a load's starters, and children of our own */
#include "config.h"

#include "handler/crew.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/helper.h"

enum {
    FEW_FILES = 64,
    MOST = 8 /* starters of one load */
};

/* One for each processor can be at work, more would wait for one another; one alone where there are
 * few descriptors, of which each takes two. */
static size_t wanted(void)
{
    struct rlimit files;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1 || (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FEW_FILES))
        return 1;
    return n > MOST / 2 ? MOST / 2 : (size_t)n;
}

bool crew_init(struct crew *crew, struct starters *set, struct loop *loop,
               void (*answered)(struct watch *w))
{
    struct birth *births = mmap(NULL, CREW_PLACES * sizeof *births, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (births == MAP_FAILED)
        return false;
    crew->births = births;
    crew->loop = loop;
    crew->wanted = wanted();
    crew->busy = crew->passed = 0;
    for (size_t i = 0; i < CREW_PLACES; i++)
        crew->workers[i] = (struct worker){
            .watch = {.ready = answered, .fd = -1}, .far = -1, .set = set, .birth = &births[i]};
    return true;
}

void crew_free(struct crew *crew)
{
    for (size_t i = 0; i < CREW_PLACES; i++)
        if (crew->workers[i].watch.fd >= 0)
            worker_dismiss(&crew->workers[i], crew->loop);
    (void)munmap(crew->births, CREW_PLACES * sizeof *crew->births); /* it is ours */
}

struct worker *crew_place(struct crew *crew)
{
    for (size_t i = 0; i < CREW_PLACES; i++)
        if (crew->workers[i].watch.fd < 0)
            return &crew->workers[i];
    errno = EAGAIN;
    return NULL;
}

static bool is_starter(const struct worker *w)
{
    return w->watch.fd >= 0 && w->pid > 0 && !w->old;
}

size_t crew_count(const struct crew *crew)
{
    size_t n = 0;
    for (size_t i = 0; i < CREW_PLACES; i++)
        n += is_starter(&crew->workers[i]);
    return n;
}

static struct worker *add(struct crew *crew)
{
    struct worker *w = crew_place(crew);
    return w && worker_hire(w, crew->loop) ? w : NULL;
}

bool crew_renew(struct crew *crew, bool hire)
{
    size_t n = 0;
    for (size_t i = 0; i < CREW_PLACES; i++) {
        struct worker *w = &crew->workers[i];
        w->old = true;
        if (w->watch.fd >= 0 && w->count == 0)
            worker_dismiss(w, crew->loop);
    }
    while (hire && n < crew->wanted && add(crew))
        n++;
    return n > 0;
}

struct worker *crew_idle(struct crew *crew)
{
    struct worker *best = NULL, *fresh = NULL;
    size_t count = 0, able = 0;
    for (size_t i = 0; i < CREW_PLACES; i++) {
        struct worker *w = &crew->workers[i];
        if (!is_starter(w))
            continue;
        count++;
        able += !w->passed;
        if (!w->passed && (!best || w->count < best->count))
            best = w;
    }
    if (count < MOST && able < crew->wanted && (!best || best->count > 0))
        fresh = add(crew);
    else
        errno = EBUSY;
    if (fresh || !best)
        return fresh;
    errno = 0;
    return best->count < ORDERS ? best : NULL;
}

bool crew_capped(const struct crew *crew, const struct service *s)
{
    size_t of_service = 0, of_user = 0;
    for (size_t i = 0; crew->passed > 0 && i < CREW_PLACES; i++) {
        const struct worker *w = &crew->workers[i];
        const struct service *its = w->passed && w->jobs[0] ? w->jobs[0]->service : NULL;
        if (!its)
            continue;
        of_service += its == s;
        of_user += its->entry->settings->who->uid == s->entry->settings->who->uid;
    }
    return helpers_enough_held(of_service, of_user, crew->passed, CREW_PLACES);
}
