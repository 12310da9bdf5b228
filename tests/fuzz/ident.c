/* fuzz/ident.c -- a query of the ident protocol, for libFuzzer and fuzz/replay.c */
#include "config.h"

#include "service/ident.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ident_query q;
    bool good;
    char *line = malloc(size + 1);
    if (!line)
        abort();
    memcpy(line, data, size);
    line[size] = '\0';
    if (ident_read(line, &q, &good) && good &&
        (q.local < 1 || q.local > 65535 || q.remote < 1 || q.remote > 65535 ||
         strspn(q.ours, "0123456789") != strlen(q.ours) ||
         strspn(q.theirs, "0123456789") != strlen(q.theirs)))
        abort(); /* its words go into the answer */
    free(line);
    return 0;
}
