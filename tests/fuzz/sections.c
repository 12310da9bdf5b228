/* fuzz/sections.c -- a configuration of xinetd, for libFuzzer and fuzz/replay.c
 *
 * What stands behind a line "%%" is a second file, which the first can reach with
 * "include /tmp/fuzz_import.XXXXXX/second" only by luck: sections are what it is about. */
#include "config.h"

#include "fuzz/imported.h"

#include "ctl/import/xinetd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up("xinetd.conf", "second");
    if (!memmem(data, size, "include", 7)) /* no other file of this machine */
        import(ctl_import_xinetd, data, size);
    return 0;
}
