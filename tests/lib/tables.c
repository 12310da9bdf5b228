/* lib/tables.c -- prints a table of the code for the test that compares the manual: tables NAME */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admit/tally.h"
#include "conf/cage.h"
#include "conf/keys.h"

static void keys(void)
{
    for (size_t i = 0; conf_key_at(i); i++)
        puts(conf_key_at(i)->name);
}

static void rejects(void)
{
    for (int i = 0; i < REJECT_REASONS; i++)
        puts(reject_name((enum reject)i));
}

/* Why a service is held, but for its faults. */
static void holds(void)
{
    for (int bit = 0; bit < 8; bit++) {
        const struct hold_word *word = hold_word((enum hold)(1 << bit));
        if (word && word->reason)
            puts(word->reason);
    }
}

static void builtins(void)
{
    for (size_t i = 0; builtin_at(i); i++)
        puts(builtin_at(i)->name);
}

static void presets(void)
{
    static const char *const names[] = {
        [CAGE_BASIC] = "basic", [CAGE_STRICT] = "strict", [CAGE_JAIL] = "jail"};
    enum cage_preset from;
    const char *key;
    const char *const *words;
    for (size_t i = 0; (words = conf_preset_row(i, &from, &key)); i++) {
        printf("%s %s =", names[from], key);
        for (; *words; words++)
            printf(" %s", *words);
        puts("");
    }
}

static void layers(void)
{
    for (unsigned layer = 0; layer < CAGE_LAYERS; layer++)
        puts(cage_layer_name(layer));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } tables[] = {{"keys", keys},         {"rejects", rejects}, {"holds", holds},
                  {"builtins", builtins}, {"presets", presets}, {"layers", layers}};
    for (size_t i = 0; argc > 1 && i < sizeof tables / sizeof tables[0]; i++)
        if (strcmp(argv[1], tables[i].name) == 0) {
            tables[i].print();
            return EXIT_SUCCESS;
        }
    return 64;
}
