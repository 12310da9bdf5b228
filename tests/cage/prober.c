/* cage/prober.c -- a handler that tries to get out of its cage, and says which ways are open */
#include "config.h"

#include "cage/prober.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct outside outside;

static const struct attempts *const all[] = {&prober_files, &prober_processes, &prober_network,
                                             &prober_kernel};

/* In a child: some of them do not come back. */
static bool gets_through(const struct attempt *a)
{
    int status = 1;
    (void)fflush(stdout); /* or the child would, too */
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(5);
        _exit(a->gets_through() ? 0 : 1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static void try_all(void)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t j = 0; j < all[i]->count; j++)
            printf("%s %s\n", all[i]->at[j].name, gets_through(&all[i]->at[j]) ? "open" : "held");
}

/* Not an attempt: the id of the session keyring. */
static void session(void)
{
#ifdef SYS_keyctl
    long id = syscall(SYS_keyctl, 0 /* get id */, -3 /* session */, 0);
    if (id < 0)
        printf("%ld: %s\n", (long)getpid(), strerror(errno));
    else
        printf("%ld\n", id);
#else
    printf("%ld\n", (long)getpid());
#endif
}

/* Does this kernel have what strict needs? */
static int has_layers(void)
{
#if defined(SYS_landlock_create_ruleset)
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 6 ? 0 : 1;
#else
    return 1;
#endif
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "session") == 0)
        session();
    else if (argc > 1 && strcmp(argv[1], "layers") == 0)
        return has_layers();
    else if (argc > 1 && strcmp(argv[1], "euid") == 0)
        return geteuid() == 0 ? 0 : 1;
    else if (argc == 5 && strcmp(argv[1], "all") == 0) {
        outside = (struct outside){.folder = argv[2],
                                   .victim = (pid_t)strtol(argv[3], NULL, 10),
                                   .port = (unsigned short)strtoul(argv[4], NULL, 10)};
        try_all();
    } else if (argc == 4 && strcmp(argv[1], "victim") == 0) {
        outside.folder = argv[2];
        outside.port = (unsigned short)strtoul(argv[3], NULL, 10);
        return prober_victim();
    }
    return 0;
}
