/* ctl/edit/export.c -- entries as units of systemd, by the daemon's program */
#include "config.h"

#include "ctl/edit/export.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/edit/daemon.h"
#include "ctl/program.h"

static char *option(const char *name, const char *value)
{
    struct bytes b = {.at = NULL};
    bytes_string(&b, name);
    bytes_string(&b, value);
    return b.at;
}

int ctl_export_systemd(const char *socket, const char *file, const char *folder,
                       const char *service)
{
    char program[4096];
    struct places places = {.paths = NULL};
    if (!ctl_find_daemon(program, sizeof program)) {
        ctl_complain("%s: %s", program, strerror(errno));
        return EX_UNAVAILABLE;
    }
    if (file) {
        places_add(&places, file);
    } else if (!daemon_places(socket, &places) && socket) {
        ctl_complain("%s: no daemon answers: say with -f which file is meant", socket);
        return EX_UNAVAILABLE;
    }
    char **argv = ctl_grow(NULL, (places.count + 5) * sizeof *argv);
    size_t n = 0;
    argv[n++] = program;
    if (service)
        argv[n++] = option("--entries=", service);
    argv[n++] = option("--export-systemd=", folder ? folder : "-");
    argv[n++] = option("--", "");
    for (size_t i = 0; i < places.count; i++)
        argv[n++] = places.paths[i];
    argv[n] = NULL;
    (void)execv(program, argv); /* returns only when it fails */
    ctl_complain("%s: %s", program, strerror(errno));
    return EX_UNAVAILABLE; /* and the process ends */
}
