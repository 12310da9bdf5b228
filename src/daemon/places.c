/* daemon/places.c -- where the pid file and the control socket are */
#include "config.h"

#include "daemon/places.h"

#include <unistd.h>

#include "base/place.h"

bool places_take(struct server_options *s, const char *pid, const char *control, bool daemon)
{
    char path[4096];
    bool root = geteuid() == 0, placed = access(RUNSTATEDIR, W_OK) == 0;
    if (!pid)
        pid = root && placed && daemon ? RUNSTATEDIR "/doorward.pid" : "";
    s->pidfile = *pid ? place_absolute(pid) : NULL;
    if (!control && !s->single && place_control(path, sizeof path) && place_is_writable(path))
        control = path;
    s->control = control && *control ? place_absolute(control) : NULL;
    return (!*pid || s->pidfile) && (!control || !*control || s->control);
}
