/* fuzz/replay.c -- gives each file of a corpus to a fuzz target, without libFuzzer
 *
 * Links with one target and speaks TAP; a crash is the failure. The corpus of replay_NAME is the
 * folder tests/corpus/NAME of the source tree, or the first argument, or that one file. */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned count;
static unsigned failed;

static void result(int ok, const char *name)
{
    printf("%s %u - %s\n", ok ? "ok" : "not ok", ++count, name);
    (void)fflush(stdout); /* before the next input may crash */
    failed += !ok;
}

/* read_all: the file's bytes, to be freed, or a null pointer. */
static uint8_t *read_all(const char *path, size_t *size)
{
    struct stat st;
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;

    if (!file)
        return NULL;
    if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode)) {
        *size = (size_t)st.st_size;
        data = malloc(*size + 1);
        if (data && fread(data, 1, *size, file) != *size) {
            free(data);
            data = NULL;
        }
    }
    (void)fclose(file); /* only read */
    return data;
}

static void replay(const char *path, const char *name)
{
    size_t size = 0;
    uint8_t *data = read_all(path, &size);

    if (!data) {
        result(0, name);
        return;
    }
    /* a block of exactly this size, so that the address sanitizer sees one byte too many */
    uint8_t *exact = realloc(data, size > 0 ? size : 1);
    if (!exact)
        exact = data;
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    result(1, name);
}

static int replay_folder(const char *folder)
{
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort);

    if (n < 0)
        return 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (names[i]->d_name[0] == '.')
            ; /* itself, its parent, or an editor's file */
        else if (len < 0 || (size_t)len >= sizeof path)
            result(0, names[i]->d_name);
        else
            replay(path, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return 1;
}

int main(int argc, char **argv)
{
    const char *top = getenv("abs_top_srcdir"), *name = strrchr(argv[0], '_');
    char folder[4096];

    (void)snprintf(folder, sizeof folder, "%s/tests/corpus/%s", top ? top : ".",
                   name ? name + 1 : "");
    const char *corpus = argc > 1 ? argv[1] : folder;
    if (!replay_folder(corpus))
        replay(corpus, corpus);
    printf("1..%u\n", count);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
