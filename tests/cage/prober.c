/* cage/prober.c -- a handler that tries to get out of its cage, and says what it could do */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- keyrings -------------------------------------------------------------------------------- */

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
    if (argc > 1 && strcmp(argv[1], "layers") == 0)
        return has_layers();
    return 0;
}
