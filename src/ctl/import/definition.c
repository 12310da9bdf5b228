/* ctl/import/definition.c -- a definition under construction: comments first, then the entry */
#include "config.h"

#include "base/argv0.h"
#include "ctl/import/definition.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* --- writing ---------------------------------------------------------------------------------- */

static void put_comment(FILE *out, const char *fmt, va_list ap) TEXT_PRINTF(2, 0);

/* Text of a foreign file in a comment: one line, whatever it has. */
static void put_comment(FILE *out, const char *fmt, va_list ap)
{
    char line[2048];
    struct text t;
    text_init(&t, line, sizeof line);
    text_vadd(&t, fmt, ap);
    for (char *at = line; *at; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    (void)fprintf(out, "# %s\n", line); /* main looks at stdout in the end */
}

void ctl_comment(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_comment(stdout, fmt, ap);
    va_end(ap);
}

/* A word of a definition: quoted unless every character is plain. */
static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=@%+[]*";
    return *word && word[strspn(word, plain)] == '\0';
}

static void put_word(FILE *out, const char *word)
{
    if (is_plain(word)) {
        (void)fputs(word, out);
        return;
    }
    (void)fputc('"', out);
    for (; *word; word++) {
        unsigned char c = (unsigned char)*word;
        if (c == '"' || c == '\\')
            (void)fprintf(out, "\\%c", c);
        else if (c == '\n')
            (void)fputs("\\n", out);
        else if (c < ' ' || c == 127)
            (void)fprintf(out, "\\x%02x", c);
        else
            (void)fputc(c, out);
    }
    (void)fputc('"', out);
}

void ctl_def_begin(struct ctl_def *d)
{
    *d = (struct ctl_def){.any = false};
    d->notes = open_memstream(&d->notes_text, &d->notes_len);
    d->keys = open_memstream(&d->keys_text, &d->keys_len);
    if (d->notes && d->keys)
        return;
    ctl_complain("%s", strerror(errno));
    exit(EX_OSERR);
}

#define PUT_COMMENT(d, fmt)                                                                        \
    do {                                                                                           \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        put_comment((d)->notes, fmt, ap);                                                          \
        va_end(ap);                                                                                \
    } while (0)

void ctl_def_note(struct ctl_def *d, const char *fmt, ...)
{
    PUT_COMMENT(d, fmt);
}

void ctl_def_weak(struct ctl_def *d, const char *fmt, ...)
{
    PUT_COMMENT(d, fmt);
    if (!d->weak)
        (void)fputs("#   It is off until you decide: without that it would be open wider.\n",
                    d->notes);
    d->off = d->weak = true;
}

void ctl_def_refuse(struct ctl_def *d, const char *fmt, ...)
{
    PUT_COMMENT(d, fmt);
    d->refused = true;
}

static void begin_key(struct ctl_def *d, const char *key)
{
    (void)fprintf(d->keys, "%s    %s = ", d->any ? ",\n" : "", key);
    d->any = true;
}

void ctl_def_key(struct ctl_def *d, const char *key, const char *word)
{
    begin_key(d, key);
    put_word(d->keys, word);
}

void ctl_def_number(struct ctl_def *d, const char *key, unsigned long n)
{
    begin_key(d, key);
    (void)fprintf(d->keys, "%lu", n);
}

void ctl_def_list(struct ctl_def *d, const char *key, const struct ctl_words *words)
{
    if (words->count == 0)
        return;
    begin_key(d, key);
    for (size_t i = 0; i < words->count; i++) {
        (void)fputs(i ? " " : "", d->keys);
        put_word(d->keys, words->at[i]);
    }
}

void ctl_def_raw(struct ctl_def *d, const char *key, const char *fmt, ...)
{
    va_list ap;
    begin_key(d, key);
    va_start(ap, fmt);
    (void)vfprintf(d->keys, fmt, ap);
    va_end(ap);
}

/* The first word of an entry knows quotes, but nothing escapes in them. */
static char quote_of(const char *service)
{
    return !strchr(service, '"') ? '"' : !strchr(service, '\'') ? '\'' : '\0';
}

void ctl_def_end(struct ctl_def *d, const char *service)
{
    bool plain = is_plain(service);
    char quote = quote_of(service);
    if (!plain && (!quote || strpbrk(service, "\r\n")))
        ctl_def_refuse(d, "The name cannot be written.");
    const char *head = d->refused ? "# " : "";
    if (fclose(d->notes) != 0 || fclose(d->keys) != 0) {
        ctl_complain("%s", strerror(errno));
        exit(EX_OSERR);
    }
    (void)fputs(d->notes_text, stdout);
    (void)fputs(head, stdout);
    if (plain)
        (void)printf("%s %s\n", service, d->off ? "off" : "on");
    else
        (void)printf("%c%s%c %s\n", quote, service, quote, d->off ? "off" : "on");
    for (char *line = d->keys_text; *line;) {
        size_t len = strcspn(line, "\n");
        (void)printf("%s%.*s%s\n", head, (int)len, line, line[len] ? "" : ";");
        line += len + (line[len] == '\n');
    }
    (void)fputc('\n', stdout);
    free(d->notes_text);
    free(d->keys_text);
}

/* --- this machine ----------------------------------------------------------------------------- */

static bool is_number(const char *word)
{
    return *word && word[strspn(word, "0123456789")] == '\0';
}

void ctl_def_check_user(struct ctl_def *d, const char *user, const char *group)
{
    if (user && !is_number(user) && !getpwnam(user))
        ctl_def_refuse(d, "There is no user \"%s\" here: make it, or name another.", user);
    if (group && !is_number(group) && !getgrnam(group))
        ctl_def_refuse(d, "There is no group \"%s\" here: make it, or name another.", group);
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

void ctl_def_program(struct ctl_def *d, const char *program, const struct ctl_words *argv)
{
    const char *name = argv->count > 0 ? argv->at[0] : program;
    enum argv0 verdict = argv0_judge(program, name);
    if (verdict == ARGV0_FORGOTTEN || (verdict == ARGV0_UNLESS_FILE && is_file(name)))
        ctl_def_refuse(d,
                       "The arguments do not begin with the program's own name, \"%s\": it gets"
                       " \"%s\" for its name, and not as an argument.",
                       argv0_of(program), name);
    ctl_def_key(d, "exec", program);
    ctl_def_list(d, "args", argv);
}

char *ctl_find_program(const char *name)
{
    static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                          "/usr/bin",        "/sbin",          "/bin"};
    char path[4096];
    if (name[0] == '/')
        return ctl_copy(name, strlen(name));
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (text_fits(path, sizeof path, "%s/%s", folders[i], name) && access(path, X_OK) == 0)
            return ctl_copy(path, strlen(path));
    return NULL;
}
