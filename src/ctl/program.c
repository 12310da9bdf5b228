/* ctl/program.c -- where the daemon's program is */
#include "config.h"

#include "ctl/program.h"

#include <libgen.h>
#include <unistd.h>

#include "base/text.h"

bool ctl_find_daemon(char *path, size_t size)
{
    char own[4096];
    ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
    if (len > 0) {
        own[len] = '\0';
        if (text_fits(path, size, "%s/doorward", dirname(own)) && access(path, X_OK) == 0)
            return true;
    }
    return text_fits(path, size, "%s", SBINDIR "/doorward") && access(path, X_OK) == 0;
}
