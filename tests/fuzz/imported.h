/* fuzz/imported.h -- other servers' configurations as files for the imports, and what is printed
 * of them */
#ifndef DOORWARD_FUZZ_IMPORTED_H
#define DOORWARD_FUZZ_IMPORTED_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/fuzz_import.XXXXXX";
static char first[64], second[64];

static void clean_up(void)
{
    (void)unlink(first);
    (void)unlink(second); /* it may not be there */
    (void)rmdir(folder);  /* what stays is small, and in /tmp */
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "w");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
        abort();
}

/* Once, in the first call. What is printed goes nowhere. */
static void set_up(const char *name, const char *other)
{
    if (*first)
        return;
    if (!mkdtemp(folder))
        abort();
    (void)snprintf(first, sizeof first, "%s/%s", folder, name);
    (void)snprintf(second, sizeof second, "%s/%s", folder, other);
    (void)atexit(clean_up);
}

/* Input and what stands behind a line "%%" as two files; all that is printed goes nowhere. */
static void import(int (*read)(const char *path), const uint8_t *data, size_t size)
{
    static const char mark[] = "\n%%\n";
    const uint8_t *split = memmem(data, size, mark, sizeof mark - 1);
    size_t len = split ? (size_t)(split - data) + 1 : size;
    int out = dup(1), err = dup(2), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    write_file(first, data, len);
    if (split)
        write_file(second, split + sizeof mark - 1, size - len - (sizeof mark - 2));
    if (out < 0 || err < 0 || null < 0 || fflush(stdout) || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        abort();
    (void)read(first); /* well or badly */
    if (fflush(stdout) || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        abort();
    (void)close(out); /* copies */
    (void)close(err);
    (void)close(null);
    (void)unlink(second); /* the next input has its own */
}

#endif
