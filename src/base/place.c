/* base/place.c -- where the daemon and doorwardctl meet when nobody says where */
#include "config.h"

#include "base/place.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

bool place_control(char *out, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (geteuid() == 0)
        return text_fits(out, size, "%s", RUNSTATEDIR "/doorward.sock");
    return runtime && *runtime == '/' && text_fits(out, size, "%s/doorward.sock", runtime);
}
