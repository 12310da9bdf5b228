/* cage/without.c -- without LAYER COMMAND...: on a kernel that does not have it, as a filter plays
 * it */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__) && HAVE_SYS_PRCTL_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* A call whose argument has one of these bits, or is equal; all of 0: whatever it is. */
static const struct missing {
    const char *layer;
    unsigned call, argument, equal, bits;
} rows[] = {
    {"landlock", 444, 0, 0, 0},
    {"seccomp", SYS_prctl, 0, PR_GET_SECCOMP, 0},
    {"namespaces", SYS_clone, 0, 0, 0x7e020000},
    {"namespaces", SYS_unshare, 0, 0, 0x7e020000},
    {"user", SYS_clone, 0, 0, CLONE_NEWUSER},
    {"user", SYS_unshare, 0, 0, CLONE_NEWUSER},
    {"network", SYS_clone, 0, 0, CLONE_NEWNET},
    {"network", SYS_unshare, 0, 0, CLONE_NEWNET},
    {"mount", 429 /* move_mount */, 0, 0, 0},
    {"mount", SYS_mount, 0, 0, 0},
};

enum { MOST = 64 };
static struct sock_filter code[MOST];
static unsigned short count;

static void put(unsigned what, unsigned value, unsigned char yes, unsigned char no)
{
    code[count++] = (struct sock_filter){(unsigned short)what, yes, no, value};
}

static void put_row(const struct missing *m)
{
    unsigned char length = m->equal || m->bits ? 3 : 1;
    put(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    put(BPF_JMP | BPF_JEQ | BPF_K, m->call, 0, length);
    if (length == 3) {
        put(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 8 * m->argument, 0,
            0);
        put(BPF_JMP | (m->bits ? BPF_JSET : BPF_JEQ) | BPF_K, m->bits ? m->bits : m->equal, 0, 1);
    }
    put(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (m->equal ? EINVAL : m->bits ? EPERM : ENOSYS), 0, 0);
}

static int go_without(const char *layer)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].layer, layer) == 0)
            put_row(&rows[i]);
    if (count == 0)
        return -1;
    put(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    const struct sock_fprog program = {count, code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0UL, 0UL) == 0)
        return 0;
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL); /* the next call tells */
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0UL, 0UL);
}

#else

static int go_without(const char *layer)
{
    (void)layer;
    return -1;
}

#endif

int main(int argc, char **argv)
{
    if (argc < 3 || go_without(argv[1]) < 0)
        return 64;
    (void)execv(argv[2], argv + 2); /* returns only to fail */
    return 127;
}
