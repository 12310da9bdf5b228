/* daemon/run_text.c -- --run: one program as a configuration */
#include "config.h"

#include "daemon/run_text.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "conf/lex.h"

void run_defaults(struct settings *defaults, bool accept_max_given, bool source_max_given)
{
    if (!accept_max_given)
        defaults->limits.accept_max = 64;
    if (!source_max_given)
        defaults->limits.source.max = 16;
    defaults->handler.timeout = 10 * NS_PER_MIN;
    defaults->handler.stderr_to = STDERR_LOG;
}

const char run_text_no_memory[] = "out of memory";

enum { FOUND = 4096 };

/* --- the program ---------------------------------------------------------------------------- */

/* What is wrong with it, or NULL. */
static const char *unfit(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return "the program is not found";
    if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
        return "the program is not executable";
    return NULL;
}

/* A name with a slash, from here; `out` has FOUND bytes. */
static const char *take_path(const char *name, char *out)
{
    char cwd[FOUND];
    bool fits = name[0] == '/'
                    ? text_fits(out, FOUND, "%s", name)
                    : getcwd(cwd, sizeof cwd) && text_fits(out, FOUND, "%s/%s", cwd, name);
    return fits ? unfit(out) : "the program's path is too long";
}

/* As execvp(3) looks. What is wrong, or NULL. */
static const char *find_program(const char *name, char *out)
{
    const char *why = "the program is not found";
    if (strchr(name, '/'))
        return take_path(name, out);
    const char *path = getenv("PATH");
    for (const char *dir = path ? path : "/usr/local/bin:/usr/bin:/bin"; dir;) {
        const char *colon = strchr(dir, ':');
        int len = colon ? (int)(colon - dir) : (int)strlen(dir);
        /* An entry that is not absolute would be another one after a change of folder. */
        if (*dir == '/' && text_fits(out, FOUND, "%.*s/%s", len, dir, name) && !(why = unfit(out)))
            return NULL;
        dir = colon ? colon + 1 : NULL;
    }
    return why;
}

static void add_quoted(struct text *t, const char *word)
{
    text_add(t, " \"");
    text_escape(t, word, strlen(word));
    text_add(t, "\"");
}

/* " exec = PROGRAM, args = WORDS". What is wrong, or NULL. */
static const char *add_words(struct text *t, struct lex *lx)
{
    char program[FOUND];
    struct word w = lex_word(lx);
    if (w.kind == LEX_WORD) {
        const char *why = find_program(w.text, program);
        if (why)
            return why;
        text_add(t, " exec =");
        add_quoted(t, program);
        text_add(t, ", args =");
    } else if (w.kind != LEX_BAD)
        return "there is no program";
    for (; w.kind == LEX_WORD; w = lex_word(lx))
        add_quoted(t, w.text);
    if (w.kind == LEX_BAD)
        return "a quote is not closed";
    return w.kind == LEX_LINE_END && lex_word(lx).kind != LEX_FILE_END
               ? "the command has more than one line"
               : NULL;
}

static const char *add_command(struct text *t, const char *command)
{
    struct lex *lx = lex_new("--run", command, strlen(command));
    const char *why = lx ? add_words(t, lx) : run_text_no_memory;
    lex_free(lx);
    return why;
}

/* --- the place ------------------------------------------------------------------------------ */

/* A port that nobody has at any address, in either family where there are two. 0: none. */
static unsigned free_port(void)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    socklen_t len = sizeof six;
    int off = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
        bind(fd, (const struct sockaddr *)&six, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&six, &len) == 0) {
        (void)close(fd); /* the number is what we wanted */
        return ntohs(six.sin6_port);
    }
    if (fd >= 0)
        (void)close(fd); /* no IPv6 here */
    len = sizeof four;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (bind(fd, (const struct sockaddr *)&four, len) < 0 ||
                    getsockname(fd, (struct sockaddr *)&four, &len) < 0))
        four.sin_port = 0;
    if (fd >= 0)
        (void)close(fd); /* as above */
    return ntohs(four.sin_port);
}

/* "ADDRESS:PORT on"; the address is left to option -a where it is given. What is wrong, or NULL. */
static const char *add_where(struct text *t, const char *where, const char *bind, unsigned *port)
{
    const char *colon = strrchr(where, ':');
    *port = 0;
    /* They would end the word, and begin something else. */
    if (*where == '\0' || strpbrk(where, " \t\r\n\f\v;=#'\"\\"))
        return "this is no [ADDRESS:]PORT";
    if (colon)
        text_add(t, "%.*s:", (int)(colon - where), where);
    else if (!bind)
        text_add(t, "127.0.0.1,::1:");
    const char *number = colon ? colon + 1 : where;
    if (strcmp(number, "0") != 0)
        text_add(t, "%s on", number);
    else if ((*port = free_port()) > 0)
        text_add(t, "%u on", *port);
    else
        return "no port is free";
    return NULL;
}

char *run_text(const char *command, const char *where, const char *bind, unsigned *port,
               const char **why)
{
    /* Escapes take four bytes for one; the frame is short. */
    size_t size = 4 * strlen(command) + strlen(where) + FOUND + 512;
    char *out = malloc(size);
    if (!out) {
        *why = run_text_no_memory;
        return NULL;
    }
    struct text t;
    text_init(&t, out, size);
    *why = add_where(&t, where, bind, port);
    text_add(&t, " socktype = stream, protocol = tcp, user = -,");
    if (!*why)
        *why = add_command(&t, command);
    text_add(&t, ";\n");
    if (!*why && t.cut)
        *why = "it is too long";
    if (!*why)
        return out;
    free(out);
    return NULL;
}
