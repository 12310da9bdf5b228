/* run_text.c -- --run: one program as a configuration with safe defaults */
#include "config.h"

#include "run_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lex.h"
#include "text.h"

enum { FOUND = 4096 };

/* As execvp(3) looks; `out` has FOUND bytes. */
static bool find_program(const char *name, char *out)
{
    if (strchr(name, '/'))
        return realpath(name, NULL) && text_fits(out, FOUND, "%s", name);
    const char *path = getenv("PATH");
    for (const char *dir = path ? path : "/usr/local/bin:/usr/bin:/bin"; dir;) {
        const char *colon = strchr(dir, ':');
        int len = colon ? (int)(colon - dir) : (int)strlen(dir);
        if (len > 0 && text_fits(out, FOUND, "%.*s/%s", len, dir, name) && access(out, X_OK) == 0)
            return true;
        dir = colon ? colon + 1 : NULL;
    }
    return false;
}

static void add_quoted(struct text *t, const char *word)
{
    text_add(t, " \"");
    text_escape(t, word, strlen(word));
    text_add(t, "\"");
}

/* " exec = PROGRAM, args = WORDS". What is wrong, or NULL. */
static const char *add_command(struct text *t, const char *command)
{
    char program[FOUND];
    const char *why = NULL;
    struct lex *lx = lex_new("--run", command, strlen(command));
    if (!lx)
        return "out of memory";
    struct word w = lex_word(lx);
    if (w.kind != LEX_WORD)
        why = "there is no program";
    else if (!find_program(w.text, program))
        why = "the program is not found";
    if (!why) {
        text_add(t, " exec =");
        add_quoted(t, program);
        text_add(t, ", args =");
    }
    for (; !why && w.kind == LEX_WORD; w = lex_word(lx))
        add_quoted(t, w.text);
    if (w.kind == LEX_BAD)
        why = "a quote is not closed";
    lex_free(lx);
    return why;
}

char *run_text(const char *command, const char *where, const char **why)
{
    /* Escapes take four bytes for one; the frame is short. */
    size_t size = 4 * strlen(command) + strlen(where) + FOUND + 512;
    char *out = malloc(size);
    if (!out) {
        *why = "out of memory";
        return NULL;
    }
    struct text t;
    text_init(&t, out, size);
    text_add(&t, "%s%s on", strchr(where, ':') ? "" : "127.0.0.1,::1:", where);
    text_add(&t, " socktype = stream, protocol = tcp, user = -,");
    *why = add_command(&t, command);
    text_add(&t, ", accept_max = 64, source_max = 16, timeout = 10m, stderr = log;\n");
    if (!*why && t.cut)
        *why = "it is too long";
    if (!*why)
        return out;
    free(out);
    return NULL;
}
