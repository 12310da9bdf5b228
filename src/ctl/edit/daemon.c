/* ctl/edit/daemon.c -- which files the daemon reads, and that it shall read them again */
#include "config.h"

#include "ctl/edit/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "base/place.h"
#include "ctl/ask.h"

enum { SILENCE_S = 30, RELOAD_S = 90 /* it gives up after 30 itself, for each of two */ };

void places_add(struct places *places, const char *path)
{
    places->paths = ctl_grow(places->paths, (places->count + 1) * sizeof *places->paths);
    places->paths[places->count++] = ctl_copy(path, strlen(path));
}

void places_free(struct places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free(places->paths[i]);
    free(places->paths);
    *places = (struct places){.paths = NULL};
}

static void take_path(void *arg, const char *line)
{
    if (line[0] == '/') /* else it says that they are the usual ones */
        places_add(arg, line);
}

static void take_line(void *arg, const char *line)
{
    bytes_string(arg, line);
    bytes_string(arg, "\n");
}

static const char *socket_of(const char *socket, char *room, size_t size)
{
    if (socket)
        return socket;
    return place_control(room, size) ? room : NULL;
}

bool daemon_places(const char *socket, struct places *places)
{
    char room[512];
    struct ctl_answer answer = {.line = take_path, .arg = places};
    const char *path = socket_of(socket, room, sizeof room);
    return path && ctl_ask(path, "config", SILENCE_S, &answer) == 0;
}

bool daemon_reload(const char *socket, struct bytes *said)
{
    char room[512];
    struct ctl_answer answer = {.line = take_line, .arg = said};
    const char *path = socket_of(socket, room, sizeof room);
    if (path && ctl_ask(path, "reload", RELOAD_S, &answer) == 0)
        return true;
    ctl_complain("the daemon does not reload: %s", path ? answer.why : "it has gone");
    return false;
}
