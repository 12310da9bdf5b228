/* lib/nss_hang.c -- a module for nsswitch.conf(5) that keeps whoever asks waiting
 *
 * As long as the file that NSS_HANG names is there, names that start with "hang" have no answer,
 * and one that starts with "leave" has, but leaves a process behind that holds all it was given.
 * Then there is no such name. */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <nss.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum nss_status _nss_hang_getpwnam_r(const char *name, struct passwd *pw, char *room, size_t size,
                                     int *error);
enum nss_status _nss_hang_getgrnam_r(const char *name, struct group *gr, char *room, size_t size,
                                     int *error);
enum nss_status _nss_hang_getservbyname_r(const char *name, const char *protocol,
                                          struct servent *se, char *room, size_t size, int *error);

static void wait_for_end(void)
{
    const char *file = getenv("NSS_HANG");
    while (file && access(file, F_OK) == 0)
        (void)usleep(20000);
}

static enum nss_status answer(const char *name, int *error)
{
    if (strncmp(name, "hang", 4) == 0)
        wait_for_end();
    if (strncmp(name, "leave", 5) == 0 && fork() == 0) {
        wait_for_end();
        _exit(0);
    }
    *error = ENOENT;
    return NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_hang_getpwnam_r(const char *name, struct passwd *pw, char *room, size_t size,
                                     int *error)
{
    (void)pw;
    (void)room;
    (void)size;
    return answer(name, error);
}

enum nss_status _nss_hang_getgrnam_r(const char *name, struct group *gr, char *room, size_t size,
                                     int *error)
{
    (void)gr;
    (void)room;
    (void)size;
    return answer(name, error);
}

enum nss_status _nss_hang_getservbyname_r(const char *name, const char *protocol,
                                          struct servent *se, char *room, size_t size, int *error)
{
    (void)protocol;
    (void)se;
    (void)room;
    (void)size;
    return answer(name, error);
}
