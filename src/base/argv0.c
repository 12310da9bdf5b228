/* base/argv0.c -- a forgotten argv[0]: where the name belongs stands what was meant to follow it */
#include "config.h"

#include "base/argv0.h"

#include <stdbool.h>
#include <string.h>

/* Without a script these read one from the client. */
static const char *const shells[] = {"sh",    "ash",  "bash", "dash", "zsh",  "ksh",    "mksh",
                                     "pdksh", "oksh", "csh",  "tcsh", "fish", "yash",   "posh",
                                     "rc",    "es",   "hush", "pwsh", "nu",   "elvish", NULL};
static const char *const interpreters[] = {
    "python", "pypy",   "micropython", "perl",    "ruby",    "jruby",  "node",   "nodejs",
    "deno",   "bun",    "qjs",         "php",     "php-cgi", "lua",    "luajit", "tclsh",
    "wish",   "expect", "jimsh",       "awk",     "gawk",    "mawk",   "nawk",   "guile",
    "racket", "sbcl",   "clisp",       "ecl",     "Rscript", "julia",  "octave", "raku",
    "ocaml",  "runghc", "erl",         "escript", "elixir",  "groovy", "java",   "gforth",
    "m4",     "bc",     "dc",          "gdb",     "sqlite",  "env",    NULL};
/* They run what argv[0] names, and take a path for it. */
static const char *const by_name[] = {"tcpd", "busybox", "toybox", NULL};

/* A program's name without its folder and version: "python" of /usr/bin/python3.11. */
struct stem {
    const char *at;
    size_t len;
};

const char *argv0_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static struct stem stem_of(const char *path)
{
    struct stem s = {argv0_of(path), 0};

    s.len = strlen(s.at);
    while (s.len > 1 && strchr("0123456789.-", s.at[s.len - 1]))
        s.len--;
    return s;
}

static bool among(const char *const *names, struct stem s)
{
    for (size_t i = 0; names[i]; i++)
        if (strlen(names[i]) == s.len && memcmp(names[i], s.at, s.len) == 0)
            return true;
    return false;
}

static bool own_name(const char *program, const char *name)
{
    struct stem is = stem_of(program), says = stem_of(name);

    if (strcmp(argv0_of(program), argv0_of(name)) == 0)
        return true;
    if (is.len == says.len && memcmp(is.at, says.at, is.len) == 0)
        return among(shells, is) || among(interpreters, is); /* python for python3.11 */
    return among(shells, is) && among(shells, says);         /* bash as sh */
}

enum argv0 argv0_judge(const char *program, const char *name)
{
    struct stem is = stem_of(program);
    bool option = name[0] == '-';

    /* A login shell's name has a "-" in front. */
    if (own_name(program, name) || (option && own_name(program, name + 1)))
        return ARGV0_GOOD;
    if (option || among(shells, is) || among(interpreters, is))
        return ARGV0_FORGOTTEN;
    return among(by_name, is) || name[0] != '/' ? ARGV0_GOOD : ARGV0_UNLESS_FILE;
}

bool argv0_loose_script(const char *program, const char *word)
{
    static const char *const ends[] = {".py", ".pl",  ".rb",  ".js",  ".php", ".lua",
                                       ".sh", ".mjs", ".tcl", ".awk", ".ts",  NULL};
    struct stem is = stem_of(program);
    const char *dot = strrchr(word, '.');
    size_t i = 0;

    if (!dot || strchr("/-", word[0]) || !(among(shells, is) || among(interpreters, is)))
        return false;
    while (ends[i] && strcmp(ends[i], dot) != 0)
        i++;
    return ends[i] && !strpbrk(word, " \t;&|$'\"(){}"); /* else it is a program itself */
}
