/* fuzz/unit.c -- a socket unit of systemd and its service, for libFuzzer and fuzz/replay.c
 *
 * What stands behind a line "%%" is the service. */
#include "config.h"

#include "fuzz/imported.h"

#include "ctl/import/systemd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up("fuzz.socket", "fuzz@.service");
    if (!memmem(data, size, "EnvironmentFile", 15)) /* no other file of this machine */
        import(ctl_import_systemd, data, size);
    return 0;
}
