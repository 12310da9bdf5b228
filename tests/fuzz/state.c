/* fuzz/state.c -- what an older or a newer doorward hands on, as it is read, for libFuzzer and
 * fuzz/replay.c
 *
 * The parts that need no process, no loop and no descriptor. */
#include "config.h"

#include "admit/history.h"
#include "service/ban.h"
#include "service/carry.h"
#include "service/saved.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of a record: each kind of field once, until it ends. */
static void read_fields(struct state_in *records)
{
    struct state_in r;
    while (state_next_record(records, &r)) {
        size_t len;
        while (r.at < r.end && !*r.bad) {
            (void)state_get(&r);
            if (strlen(state_get_text(&r)) > (size_t)(r.end - records->at) + 4096)
                abort(); /* it would end beyond what there is */
            (void)state_get_addr(&r);
            (void)state_get_bytes(&r, &len);
            (void)state_get_flag(&r);
        }
    }
}

static void read_part(const struct state_part *p, struct table **t, struct bans *bans)
{
    struct state_in records = p->records;
    if (strcmp(p->name, "services") == 0) {
        table_free(*t);
        *t = table_restore(&records);
    } else if (strcmp(p->name, "table") == 0) {
        table_free(table_take(&records)); /* what a proof leaves */
    } else if (strcmp(p->name, "history") == 0 && *t) {
        history_restore(*t, &records);
    } else if (strcmp(p->name, "bans") == 0) {
        bans_restore(bans, &records);
    } else if (strcmp(p->name, "sources") == 0) {
        sources_free(sources_restore(&records, 64));
    } else {
        read_fields(&records);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state_in whole;
    struct state_part p;
    struct table *t = NULL;
    struct bans bans = {.at = NULL};
    bool bad;
    char *copy =
        malloc(size ? size : 1); /* of exactly this size, so that one byte too many is seen */
    if (!copy)
        abort();
    memcpy(copy, data, size);
    if (state_open(&whole, copy, size, &bad))
        while (state_next_part(&whole, &p))
            read_part(&p, &t, &bans);
    table_free(t);
    bans_free(&bans);
    free(copy);
    return 0;
}
