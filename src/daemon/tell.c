/* daemon/tell.c -- what systemd is told of the daemon's state */
#include "config.h"

#include "base/text.h"
#include "daemon/private.h"
#include "handler/child.h"
#include "os/sd.h"

void server_tell_status(struct server *sv, bool ready)
{
    char status[128];
    (void)text_fits(status, sizeof status, "STATUS=%zu services, %zu handlers",
                    sv->master.table->count, children_count(sv->master.children));
    if (ready)
        sd_tell(sv->master.loop, SD_READY, "READY=1\n%s", status);
    else
        sd_notify("%s", status);
}
