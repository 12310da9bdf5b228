/* ctl/edit/where.c -- which files are meant, and which one is changed */
#include "config.h"

#include "ctl/edit/where.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/edit/daemon.h"

static const char usual_folder[] = SYSCONFDIR "/inetd.d", usual_file[] = SYSCONFDIR "/inetd.conf",
                  packages[] = PACKAGESDIR "/", new_file[] = "local.conf";

static char *join(const char *folder, const char *name)
{
    struct bytes b = {.at = NULL};
    bytes_string(&b, folder);
    bytes_string(&b, "/");
    bytes_string(&b, name);
    return b.at;
}

static char *absolute(const char *path)
{
    char cwd[PATH_MAX];
    if (path[0] == '/' || !getcwd(cwd, sizeof cwd))
        return ctl_copy(path, strlen(path));
    return join(cwd, path);
}

static bool is_folder(const char *path, struct stat *st)
{
    return stat(path, st) == 0 && S_ISDIR(st->st_mode);
}

/* The folder of the configuration that this one is, as it is read; NULL: none. */
static const char *folder_read(const struct where *w, const struct stat *folder)
{
    struct stat st;
    for (size_t i = 0; i < w->places.count; i++)
        if (is_folder(w->places.paths[i], &st) && st.st_ino == folder->st_ino &&
            st.st_dev == folder->st_dev)
            return w->places.paths[i];
    return w->places.count == 0 && is_folder(usual_folder, &st) && st.st_ino == folder->st_ino &&
                   st.st_dev == folder->st_dev
               ? usual_folder
               : NULL;
}

/* How a file that is not there yet will be read; NULL: it will not. */
static char *unmade(const struct where *w, const char *path)
{
    char folder[PATH_MAX], name[PATH_MAX];
    struct stat st;
    if (lstat(path, &st) == 0 || !text_fits(folder, sizeof folder, "%s", path) ||
        !text_fits(name, sizeof name, "%s", path) || !is_folder(dirname(folder), &st))
        return NULL;
    const char *read = folder_read(w, &st);
    return read ? join(read, basename(name)) : NULL;
}

/* True: `file` belongs to what is read. */
static bool find_asked(struct where *w, const char *path)
{
    struct listing l;
    if (!listing_read(&l, &w->places, NULL, NULL, NULL))
        return false;
    const struct listed *read = listing_file(&l, path);
    w->filter = read ? ctl_copy(read->file, strlen(read->file)) : unmade(w, path);
    listing_free(&l);
    return w->filter;
}

int where_find(struct where *w, const char *socket, const char *file)
{
    struct stat st;
    *w = (struct where){.filter = NULL};
    w->daemon = daemon_places(socket, &w->places);
    if (!file && socket && !w->daemon) {
        ctl_complain("%s: no daemon answers: say with -f which file is meant", socket);
        return EX_UNAVAILABLE;
    }
    if (!file)
        return 0;
    if (is_folder(file, &st)) {
        ctl_complain("%s: %s", file, strerror(EISDIR));
        return EXIT_FAILURE;
    }
    char *path = absolute(file);
    if (!find_asked(w, path)) {
        w->other = w->daemon;
        w->daemon = false;
        places_free(&w->places);
        places_add(&w->places, path);
        w->filter = ctl_copy(path, strlen(path));
    }
    free(path);
    return 0;
}

void where_set(struct where *w, const char *file)
{
    size_t len = strlen(packages);
    free(w->instead);
    free(w->path);
    w->instead = ctl_copy(file, strlen(file));
    w->path = w->places.count == 0 && strncmp(file, packages, len) == 0
                  ? join(usual_folder, file + len)
                  : ctl_copy(file, strlen(file));
}

void where_set_new(struct where *w)
{
    struct stat st;
    const char *folder = w->places.count == 0 && is_folder(usual_folder, &st) ? usual_folder : NULL;
    for (size_t i = 0; !folder && i < w->places.count; i++)
        folder = is_folder(w->places.paths[i], &st) ? w->places.paths[i] : NULL;
    char *file = w->filter              ? ctl_copy(w->filter, strlen(w->filter))
                 : folder               ? join(folder, new_file)
                 : w->places.count == 0 ? ctl_copy(usual_file, strlen(usual_file))
                                        : absolute(w->places.paths[0]);
    where_set(w, file);
    free(file);
}

bool where_make(const struct where *w)
{
    if (strcmp(w->instead, w->path) == 0 || mkdir(usual_folder, 0755) == 0 || errno == EEXIST)
        return true;
    ctl_complain("%s: %s", usual_folder, strerror(errno));
    return false;
}

void where_free(struct where *w)
{
    places_free(&w->places);
    free(w->filter);
    free(w->instead);
    free(w->path);
    *w = (struct where){.filter = NULL};
}
