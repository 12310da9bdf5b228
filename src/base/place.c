/* base/place.c -- where the daemon and doorwardctl meet when nobody says where, and where a path
 * leads */
#include "config.h"

#include "base/place.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

bool place_control(char *out, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (geteuid() == 0)
        return text_fits(out, size, "%s", RUNSTATEDIR "/doorward.sock");
    return runtime && *runtime == '/' && text_fits(out, size, "%s/doorward.sock", runtime);
}

char *place_absolute(const char *path)
{
    char cwd[4096];
    if (path[0] == '/')
        return strdup(path);
    if (!getcwd(cwd, sizeof cwd))
        return NULL;
    size_t size = strlen(cwd) + strlen(path) + 2;
    char *out = malloc(size);
    return out && text_fits(out, size, "%s/%s", cwd, path) ? out : NULL;
}

bool place_is_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

bool place_is_writable(const char *path)
{
    char folder[4096];
    return text_fits(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path) &&
           access(folder, W_OK) == 0;
}
