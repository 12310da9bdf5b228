/* conf/lex.c -- characters to words with file:line:column */
#include "config.h"

#include "conf/lex.h"

#include "service/proto.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lex {
    const char *file, *text;
    size_t len, pos;
    size_t line_start; /* index of the current line's first byte */
    unsigned line;
    bool inside;       /* a statement has begun and not ended */
    char *words;       /* memory for every word of the text, see lex_new() */
    size_t used;       /* bytes of it */
    struct word fault; /* what is wrong with the word being read; kind LEX_BAD then */
    char message[32];  /* its text where that is not constant */
};

/* What ends a bare word besides blanks and line ends. */
static const char CLASSIC_ENDS[] = "", KEY_ENDS[] = ",;=", VALUE_ENDS[] = ",;";

struct lex *lex_new(const char *file, const char *text, size_t len)
{
    if (len >= SIZE_MAX / 2)
        return NULL;
    struct lex *lx = calloc(1, sizeof *lx);
    if (!lx)
        return NULL;
    /*
     * A word is never longer than the one or more bytes it was read from, so twice the text holds
     * every word with its NUL: reading never has to allocate, words have no limit of their own. */
    lx->words = malloc(2 * len + 1);
    if (!lx->words) {
        free(lx);
        return NULL;
    }
    lx->file = file;
    lx->text = text;
    /* A last line that has lost its LF may still have the CR that stood before it. */
    lx->len = len > 0 && text[len - 1] == '\r' ? len - 1 : len;
    lx->line = 1;
    return lx;
}

void lex_free(struct lex *lx)
{
    if (!lx)
        return;
    free(lx->words);
    free(lx);
}

size_t lex_at(const struct lex *lx)
{
    return lx->pos;
}

/* --- bytes and lines ------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct place here(const struct lex *lx)
{
    return (struct place){lx->file, lx->line, (unsigned)(lx->pos - lx->line_start) + 1};
}

/* How many bytes of line end, LF or CR LF, stand at `at`? */
static size_t newline_at(const struct lex *lx, size_t at)
{
    if (at < lx->len && lx->text[at] == '\n')
        return 1;
    return lx->len - at >= 2 && lx->text[at] == '\r' && lx->text[at + 1] == '\n' ? 2 : 0;
}

static bool line_ends_at(const struct lex *lx, size_t at)
{
    return at == lx->len || newline_at(lx, at) > 0;
}

/* Is the byte at `at` a '\' before the line's end? */
static bool splice_at(const struct lex *lx, size_t at)
{
    return at < lx->len && lx->text[at] == '\\' && line_ends_at(lx, at + 1);
}

static size_t after_blanks(const struct lex *lx, size_t at)
{
    while (at < lx->len && is_blank(lx->text[at]))
        at++;
    return at;
}

static void to_line_end(struct lex *lx)
{
    while (!line_ends_at(lx, lx->pos))
        lx->pos++;
}

/* From a line's end to the next line's first byte; stays at the file's end. */
static void next_line(struct lex *lx)
{
    size_t n = newline_at(lx, lx->pos);
    if (n == 0)
        return;
    lx->pos += n;
    lx->line++;
    lx->line_start = lx->pos;
}

/* Does the line after the one that ends at `at` go on with it? `spliced`: a '\' asked for that. */
static bool goes_on(const struct lex *lx, size_t at, bool spliced)
{
    size_t next = at + newline_at(lx, at), first = after_blanks(lx, next);
    if (first == next && !spliced)
        return false;
    return !line_ends_at(lx, first) && lx->text[first] != '#';
}

/* Over blanks, line ends and comments: what may stand between statements and between tokens. */
static void skip_gap(struct lex *lx)
{
    for (;;) {
        lx->pos = after_blanks(lx, lx->pos);
        if (lx->pos == lx->len)
            return;
        if (lx->text[lx->pos] == '#')
            to_line_end(lx);
        else if (splice_at(lx, lx->pos))
            lx->pos++;
        else if (newline_at(lx, lx->pos) == 0)
            return;
        next_line(lx);
    }
}

/* To the next word of the statement; false at its end. */
static bool skip_blanks(struct lex *lx)
{
    for (;;) {
        lx->pos = after_blanks(lx, lx->pos);
        bool spliced = splice_at(lx, lx->pos);
        if (spliced)
            lx->pos++;
        else if (!line_ends_at(lx, lx->pos))
            return true;
        if (!goes_on(lx, lx->pos, spliced))
            return false;
        next_line(lx);
    }
}

/* To the end of the logical line, before its line end. */
static void to_statement_end(struct lex *lx)
{
    for (;;) {
        to_line_end(lx);
        bool spliced = lx->pos > lx->line_start && lx->text[lx->pos - 1] == '\\';
        if (!goes_on(lx, lx->pos, spliced))
            return;
        next_line(lx);
    }
}

/* --- words ----------------------------------------------------------------------------------- */

static struct word mark(const struct lex *lx, enum lex_kind kind)
{
    return (struct word){.kind = kind, .place = here(lx), .at = lx->pos};
}

/* Note what is wrong with the word being read; the first fault counts. */
static void fault(struct lex *lx, struct place at, const char *what)
{
    if (lx->fault.kind != LEX_BAD)
        lx->fault = (struct word){.kind = LEX_BAD, .place = at, .text = what};
}

static void put(struct lex *lx, char c)
{
    lx->words[lx->used++] = c;
}

static void read_byte(struct lex *lx)
{
    if (lx->text[lx->pos] == '\0')
        fault(lx, here(lx), "NUL byte");
    put(lx, lx->text[lx->pos++]);
}

static void bad_escape(struct lex *lx, struct place at, const char *bytes, size_t len)
{
    if (lx->fault.kind == LEX_BAD)
        return;
    for (size_t i = 0; i < len; i++)
        if (bytes[i] < ' ' || bytes[i] > '~')
            len = i;
    (void)snprintf(lx->message, sizeof lx->message, "bad escape \\%.*s", (int)len, bytes);
    fault(lx, at, lx->message); /* len is at most 3: it fits */
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *p = c == '\0' ? NULL : strchr(digits, c);
    return !p ? -1 : (int)(p - digits) % 16;
}

/* The two digits of \xHH at pos. A NUL would end the word early: it is refused. */
static void read_hex(struct lex *lx, struct place at)
{
    const char *p = lx->text + lx->pos;
    size_t n = 0;
    int value = 0;
    while (n < 2 && lx->pos + n < lx->len && hex_digit(p[n]) >= 0)
        value = value * 16 + hex_digit(p[n++]);
    if (n < 2 || value == 0)
        bad_escape(lx, at, p - 1, n + 1);
    else
        put(lx, (char)(unsigned char)value);
    lx->pos += n;
}

/* From the '\' of an escape in quotes. */
static void read_escape(struct lex *lx)
{
    static const char names[] = "\\ntr'\"", values[] = "\\\n\t\r'\"";
    struct place at = here(lx);
    lx->pos++;
    if (line_ends_at(lx, lx->pos))
        return; /* the quote is unterminated, which its reader will say */
    char c = lx->text[lx->pos++];
    const char *p = c == '\0' ? NULL : strchr(names, c);
    if (p)
        put(lx, values[p - names]);
    else if (c == 'x')
        read_hex(lx, at);
    else
        bad_escape(lx, at, &lx->text[lx->pos - 1], 1);
}

/* From the opening quote to behind the closing one. */
static void read_quoted(struct lex *lx, bool escapes)
{
    struct place open = here(lx);
    char quote = lx->text[lx->pos++];
    while (!line_ends_at(lx, lx->pos)) {
        char c = lx->text[lx->pos];
        if (c == quote) {
            lx->pos++;
            return;
        }
        if (c == '\\' && escapes)
            read_escape(lx);
        else
            read_byte(lx);
    }
    fault(lx, open, "unterminated quote");
}

static bool word_ends(struct lex *lx, const char *ends)
{
    while (splice_at(lx, lx->pos) && goes_on(lx, lx->pos + 1, true)) {
        lx->pos++;
        next_line(lx); /* the line after a '\' goes on inside the word, unless it is indented */
    }
    if (line_ends_at(lx, lx->pos) || splice_at(lx, lx->pos))
        return true;
    char c = lx->text[lx->pos];
    return is_blank(c) || (c != '\0' && strchr(ends, c));
}

/* The word at pos, or what is wrong with it; either way pos is behind it. */
static struct word read_word(struct lex *lx, const char *ends)
{
    struct word w = mark(lx, LEX_WORD);
    size_t start = lx->used;
    lx->fault.kind = LEX_WORD;
    while (!word_ends(lx, ends)) {
        char c = lx->text[lx->pos];
        if (c == '\'' || c == '"') {
            w.quoted = true;
            read_quoted(lx, ends != CLASSIC_ENDS);
        } else {
            read_byte(lx);
        }
    }
    if (lx->fault.kind == LEX_BAD)
        return lx->fault;
    put(lx, '\0');
    w.text = lx->words + start;
    return w;
}

struct word lex_word(struct lex *lx)
{
    if (!lx->inside) {
        skip_gap(lx);
        if (lx->pos == lx->len)
            return mark(lx, LEX_FILE_END);
        lx->inside = true;
    } else if (!skip_blanks(lx)) {
        struct word end = mark(lx, LEX_LINE_END);
        next_line(lx);
        lx->inside = false;
        return end;
    }
    struct word w = read_word(lx, CLASSIC_ENDS);
    if (w.kind == LEX_BAD)
        to_statement_end(lx);
    return w;
}

/* The kind of a token that is one character; LEX_WORD for all else. */
static enum lex_kind punctuation(char c, bool key)
{
    switch (c) {
    case ',':
        return LEX_COMMA;
    case ';':
        return LEX_SEMICOLON;
    case '=':
        return key ? LEX_EQUALS : LEX_WORD;
    default:
        return LEX_WORD;
    }
}

struct word lex_token(struct lex *lx, bool key)
{
    skip_gap(lx);
    lx->inside = lx->pos < lx->len;
    if (!lx->inside)
        return mark(lx, LEX_FILE_END);
    struct word w = mark(lx, punctuation(lx->text[lx->pos], key));
    if (w.kind == LEX_WORD)
        return read_word(lx, key ? KEY_ENDS : VALUE_ENDS);
    lx->pos++;
    lx->inside = w.kind != LEX_SEMICOLON;
    return w;
}

/* --- after an error -------------------------------------------------------------------------- */

void lex_skip_line(struct lex *lx)
{
    if (!lx->inside)
        return;
    to_statement_end(lx);
    next_line(lx);
    lx->inside = false;
}

/* The end of the bare word at `at`, as far as a guess needs it. */
static size_t guess_end(const struct lex *lx, size_t at)
{
    while (!line_ends_at(lx, at) && !is_blank(lx->text[at]) && lx->text[at] != ';')
        at++;
    return at;
}

static bool same(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool starts_statement(const struct lex *lx, size_t at)
{
    const char *text = lx->text;
    if (text[at] == '.') /* a directive, not "./file" or ".5" */
        return at + 1 < lx->len && text[at + 1] >= 'a' && text[at + 1] <= 'z';
    size_t end = guess_end(lx, at), from = after_blanks(lx, end);
    if (end > at && text[end - 1] == ':' && line_ends_at(lx, from))
        return true;
    size_t len = guess_end(lx, from) - from;
    if (same(text + from, len, "on") || same(text + from, len, "off"))
        return true;
    const struct socktype *t;
    for (size_t i = 0; (t = socktype_at(i)); i++)
        if (same(text + from, len, t->name))
            return true;
    return false;
}

bool lex_at_statement(struct lex *lx)
{
    struct lex ahead = *lx;
    skip_gap(&ahead);
    return ahead.pos < ahead.len && ahead.pos == ahead.line_start &&
           starts_statement(&ahead, ahead.pos);
}

void lex_skip_definition(struct lex *lx)
{
    while (lx->inside) {
        skip_gap(lx);
        if (lex_at_statement(lx))
            lx->inside = false;
        else
            (void)lex_token(lx, false); /* only where it ends matters; ';' and the file's end */
    }
}
