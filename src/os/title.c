/* os/title.c -- what ps(1) shows as the command line of a process that was forked for one task */
#include "config.h"

#include "os/title.h"

#include <stddef.h>
#include <string.h>

/* Linux shows these bytes, whatever becomes of them; elsewhere nobody looks. */
static char *line;
static size_t room;

void title_init(int argc, char **argv)
{
    line = argc > 0 ? argv[0] : NULL;
    if (line) /* the kernel lays the arguments out one behind the other */
        room = (size_t)(argv[argc - 1] - line) + strlen(argv[argc - 1]) + 1;
}

void title_set(const char *title)
{
    size_t len = strlen(title);
    if (room == 0)
        return;
    if (len >= room)
        len = room - 1;
    memset(line, 0, room);
    memcpy(line, title, len);
}
