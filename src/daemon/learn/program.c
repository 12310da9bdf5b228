/* daemon/learn/program.c -- which files a process runs: its program, interpreter and loader */
#include "config.h"

#include "daemon/learn/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__

#include <elf.h>

#include "base/text.h"
#include "daemon/learn/look.h"

/* The name that execve(2) was given. */
static bool asked_for(pid_t pid, char out[static LOOK_PATH])
{
    unsigned long pair[2];
    char name[64];
    bool found = false;
    FILE *auxv =
        text_fits(name, sizeof name, "/proc/%ld/auxv", (long)pid) ? fopen(name, "rbe") : NULL;
    while (auxv && !found && fread(pair, sizeof pair, 1, auxv) == 1)
        found = pair[0] == AT_EXECFN && look_string(pid, pair[1], out);
    if (auxv)
        (void)fclose(auxv); /* only read from */
    return found;
}

static void runs(struct facts *f, const char *path)
{
    struct stat st;
    facts_add(f, FACT_RUN, path);
    if (stat(path, &st) == 0 && st.st_mode & (S_ISUID | S_ISGID))
        facts_note(f, "%s is setuid or setgid: under strict it gets no privileges", path);
}

/* What the kernel has mapped: the program, or a script's interpreter, and the loader. */
static void add_mapped(struct facts *f, pid_t pid)
{
    char name[64], line[LOOK_PATH + 128], place[LOOK_PATH];
    bool there;
    FILE *maps =
        text_fits(name, sizeof name, "/proc/%ld/maps", (long)pid) ? fopen(name, "re") : NULL;
    while (maps && fgets(line, sizeof line, maps)) {
        char *path = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        if (path && look_place(pid, AT_FDCWD, path, false, place, &there) && there)
            runs(f, place);
    }
    if (maps)
        (void)fclose(maps); /* only read from */
}

void watch_program(struct facts *f, pid_t pid)
{
    char name[LOOK_PATH], place[LOOK_PATH];
    bool there;
    if (asked_for(pid, name) && look_place(pid, AT_FDCWD, name, false, place, &there)) {
        if (!f->program && !(f->program = strdup(place)))
            f->no_memory = true;
        runs(f, place);
        facts_add(f, FACT_READ, place); /* where it is a script */
    }
    add_mapped(f, pid);
}

#else

void watch_program(struct facts *f, pid_t pid)
{
    (void)f, (void)pid;
}

#endif
