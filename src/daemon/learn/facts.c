/* daemon/learn/facts.c -- what a handler was seen to use, and that as keys */
#include "config.h"

#include "daemon/learn/facts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"
#include "cage/calls.h"
#include "conf/cage.h"

enum { MANY = 8 /* files of one folder, which stands for them then */, PATH_SIZE = 4096 };

static bool among(char *const *v, const char *word)
{
    for (size_t i = 0; v && v[i]; i++)
        if (strcmp(v[i], word) == 0)
            return true;
    return false;
}

void facts_add(struct facts *f, enum fact what, const char *word)
{
    if (!among(f->of[what], word) && !strings_add(&f->of[what], word))
        f->no_memory = true;
}

void facts_note(struct facts *f, const char *fmt, ...)
{
    char line[PATH_SIZE + 256], harmless[4 * sizeof line];
    struct text t, out;
    va_list ap;
    text_init(&t, line, sizeof line);
    va_start(ap, fmt);
    text_vadd(&t, fmt, ap);
    va_end(ap);
    text_init(&out, harmless, sizeof harmless);
    text_escape(&out, line, t.len);
    facts_add(f, FACT_NOTE, harmless);
}

void facts_free(struct facts *f)
{
    for (size_t i = 0; i < FACTS; i++)
        strings_free(f->of[i]);
    free(f->program);
    *f = (struct facts){.program = NULL};
}

/* --- what is allowed already ------------------------------------------------------------------ */

/* strict's words for a key; NULL none. */
static const char *const *strict_words(const char *name)
{
    enum cage_preset from;
    const char *key;
    const char *const *words;
    for (size_t i = 0; (words = conf_preset_row(i, &from, &key)); i++)
        if (from <= CAGE_STRICT && strcmp(key, name) == 0)
            return words;
    return NULL;
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || strcmp(folder, "/") == 0);
}

static bool is_below_any(const char *path, const char *const *folders)
{
    for (; folders && *folders; folders++)
        if (is_below(path, *folders))
            return true;
    return false;
}

static bool is_device(const char *path)
{
    static const char *const given[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                        "/dev/random", "/dev/urandom", NULL};
    return among((char *const *)(const void *)given, path);
}

/* Does another key that is printed say it, or strict? */
static bool is_said(const struct facts *f, enum fact what, const char *path)
{
    bool is_program = f->program && strcmp(path, f->program) == 0;
    if (what == FACT_RUN)
        return is_program || is_below_any(path, strict_words("executable"));
    if (is_device(path))
        return true;
    if (what == FACT_WRITE)
        return false;
    return is_program || is_below_any(path, strict_words("executable")) ||
           is_below_any(path, strict_words("readable")) ||
           is_below_any(path, (const char *const *)(const void *)f->of[FACT_WRITE]) ||
           is_below_any(path, (const char *const *)(const void *)f->of[FACT_RUN]);
}

/* --- paths ----------------------------------------------------------------------------------- */

static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash > path ? (size_t)(slash - path) : 1;
}

static bool is_sibling(const char *a, const char *b)
{
    size_t len = folder_len(a);
    return folder_len(b) == len && strncmp(a, b, len) == 0;
}

/* The folder, where many files of it are there; else the path. */
static void merged(struct facts *f, char *const *all, const char *path, char out[PATH_SIZE])
{
    size_t n = 0, len = folder_len(path);
    for (; *all; all++)
        n += is_sibling(path, *all);
    if (n < MANY || len == 1) {
        (void)text_fits(out, PATH_SIZE, "%s", path); /* paths are shorter */
        return;
    }
    (void)text_fits(out, PATH_SIZE, "%.*s", (int)len, path); /* likewise */
    facts_note(f, "%s stands for %zu that were used in it", out, n);
}

/* What is left of a list: nothing twice, nothing that strict or another word has. */
static void narrow(struct facts *f, enum fact what)
{
    char **left = NULL, **fresh = NULL, path[PATH_SIZE];
    char *const *all = f->of[what];
    for (size_t i = 0; all && all[i]; i++)
        if (!is_said(f, what, all[i]))
            f->no_memory |= !strings_add(&left, all[i]);
    for (size_t i = 0; left && left[i]; i++) {
        merged(f, left, left[i], path);
        if (!among(fresh, path))
            f->no_memory |= !strings_add(&fresh, path);
    }
    strings_free(f->of[what]);
    f->of[what] = NULL;
    for (size_t i = 0; fresh && fresh[i]; i++) {
        bool inner = false;
        for (size_t j = 0; fresh[j]; j++)
            inner |= i != j && is_below(fresh[i], fresh[j]);
        if (!inner)
            facts_add(f, what, fresh[i]);
    }
    strings_free(left);
    strings_free(fresh);
}

/* --- keys ------------------------------------------------------------------------------------ */

struct sheet {
    FILE *out;
    struct facts *f;
};

/* A word as a definition has it. */
static void put_word(const struct sheet *s, const char *word)
{
    bool plain = !word[strcspn(word, " \t,;\"'#\\=")];
    (void)fprintf(s->out, plain ? " %s" : " \"", word); /* looked at in the end */
    for (; !plain && *word; word++) {
        if (*word == '"' || *word == '\\')
            (void)fputc('\\', s->out); /* likewise */
        (void)fputc(*word, s->out);    /* likewise */
    }
    if (!plain)
        (void)fputc('"', s->out); /* likewise */
}

/* With what strict says of it, which the key would override. */
static void put_key(const struct sheet *s, const char *key, enum fact what)
{
    const char *const *words = strict_words(key);
    char *const *own = s->f->of[what];
    if (!own)
        return;
    (void)fprintf(s->out, ",\n%s =", key); /* looked at in the end */
    for (; words && *words; words++)
        if (strcmp(*words, "none") != 0)
            put_word(s, *words);
    for (; *own; own++)
        put_word(s, *own);
}

/* The next word of `*at`, blanks between; false: no more. */
static bool next_word(const char **at, char out[64])
{
    *at += strspn(*at, " ");
    size_t len = strcspn(*at, " ");
    bool fits = len > 0 && text_fits(out, 64, "%.*s", (int)len, *at);
    *at += len;
    return fits;
}

enum { DEPTH = 4 /* of sets in sets */ };

static bool has_used(const struct facts *f, const char *set, unsigned depth)
{
    char word[64];
    for (const char *at = calls_of(set); at && depth > 0 && next_word(&at, word);)
        if (*word == '@' ? has_used(f, word, depth - 1) : among(f->of[FACT_CALL], word))
            return true;
    return false;
}

/* All of the set but what was used. */
static void put_set(const struct sheet *s, const char *set, unsigned depth)
{
    char word[64];
    if (!has_used(s->f, set, DEPTH)) {
        (void)fprintf(s->out, " !%s", set); /* looked at in the end */
        return;
    }
    for (const char *at = calls_of(set); at && depth > 0 && next_word(&at, word);)
        if (*word == '@')
            put_set(s, word, depth - 1);
        else if (!among(s->f->of[FACT_CALL], word))
            (void)fprintf(s->out, " !%s", word); /* looked at in the end */
}

static void put_calls(const struct sheet *s)
{
    if (!s->f->of[FACT_CALL])
        return;
    (void)fputs(",\nsystem_calls =", s->out); /* looked at in the end */
    for (const char *const *set = strict_words("system_calls"); set && *set; set++)
        put_set(s, *set + 1, DEPTH);
}

/* The key says more of these than was seen. */
static void note_listed(struct facts *f)
{
    for (size_t i = 0; f->of[FACT_READ] && f->of[FACT_READ][i]; i++)
        if (among(f->of[FACT_LIST], f->of[FACT_READ][i]))
            facts_note(f, "it listed %s: to allow that makes all in it readable",
                       f->of[FACT_READ][i]);
}

bool facts_print(struct facts *f, FILE *out)
{
    static const struct {
        const char *key;
        enum fact what;
    } keys[] = {{"readable", FACT_READ},
                {"writable", FACT_WRITE},
                {"executable", FACT_RUN},
                {"connect", FACT_CONNECT},
                {"bind_ports", FACT_BIND}};
    const struct sheet s = {out, f};
    narrow(f, FACT_WRITE);
    narrow(f, FACT_RUN);
    narrow(f, FACT_READ);
    note_listed(f);
    if (f->no_memory)
        return false;
    for (size_t i = 0; f->of[FACT_NOTE] && f->of[FACT_NOTE][i]; i++)
        (void)fprintf(out, "# %s\n", f->of[FACT_NOTE][i]); /* looked at in the end */
    (void)fputs("sandbox = strict", out);                  /* likewise */
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put_key(&s, keys[i].key, keys[i].what);
    put_calls(&s);
    (void)fputc('\n', out); /* likewise */
    return true;
}
