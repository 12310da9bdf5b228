/* check/lex.c -- words, tokens and their places; the rest of a file after an error */
#include "config.h"

#include "base/text.h"
#include "conf/lex.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- tables of texts and what they read as --------------------------------------------------- */

/*
 * A word as "line:column=text", with '"' behind it if quoted; "$" a line's end, "." the file's,
 * "!" what is wrong; punctuation as it is. */
static void dump(struct text *out, const struct word *w)
{
    static const char marks[] = {
        [LEX_WORD] = '=',      [LEX_LINE_END] = '$', [LEX_FILE_END] = '.', [LEX_COMMA] = ',',
        [LEX_SEMICOLON] = ';', [LEX_EQUALS] = '#',   [LEX_BAD] = '!'};
    ck_assert_str_eq(w->place.file, "f");
    text_add(out, "%s%u:%u%c", out->len > 0 ? " " : "", w->place.line, w->place.column,
             marks[w->kind]);
    if (w->text)
        text_escape(out, w->text, strlen(w->text));
    if (w->quoted)
        text_add(out, "\"");
}

struct sample {
    const char *text, *expected;
    size_t len; /* of a text with NUL bytes; 0: strlen */
};

/* An exact copy without a NUL behind it, so that a checker of memory sees a read too far. */
static struct lex *open_sample(const char *text, size_t len, char **copy)
{
    *copy = malloc(len > 0 ? len : 1);
    ck_assert_ptr_nonnull(*copy);
    memcpy(*copy, text, len);
    struct lex *lx = lex_new("f", *copy, len);
    ck_assert_ptr_nonnull(lx);
    return lx;
}

static void check_sample(const struct sample *s, struct word (*next)(struct lex *))
{
    char line[1024], *copy;
    struct text out;
    struct word w;
    struct lex *lx = open_sample(s->text, s->len > 0 ? s->len : strlen(s->text), &copy);
    text_init(&out, line, sizeof line);
    do {
        w = next(lx);
        dump(&out, &w);
    } while (w.kind != LEX_FILE_END && !out.cut);
    ck_assert_msg(strcmp(line, s->expected) == 0, "'%s'\n reads as %s\n not as   %s", s->text, line,
                  s->expected);
    lex_free(lx);
    free(copy);
}

static const struct sample classic[] = {
    {"", "1:1.", 0},
    {"\n \n\t\n# x\n  # y\n", "6:1.", 0},
    {"a b\tc\n", "1:1=a 1:3=b 1:5=c 1:6$ 2:1.", 0},
    {"a b", "1:1=a 1:3=b 1:4$ 1:4.", 0},
    {"a b\r\nc\r\n", "1:1=a 1:3=b 1:4$ 2:1=c 2:2$ 3:1.", 0},
    {"a b\r", "1:1=a 1:3=b 1:4$ 1:4.", 0},
    {"a\rb", "1:1=a\\rb 1:4$ 1:4.", 0},
    {"a  \n", "1:1=a 1:4$ 2:1.", 0},
    /* '#' */
    {"a #b c#\n", "1:1=a 1:3=#b 1:6=c# 1:8$ 2:1.", 0},
    {"# c \\\na\n", "2:1=a 2:2$ 3:1.", 0},
    {"#<off># ftp stream\na", "2:1=a 2:2$ 2:2.", 0},
    {"a;b,c=d", "1:1=a;b,c=d 1:8$ 1:8.", 0},
    /* indented lines go on */
    {"a\n b\n\tc\nd", "1:1=a 2:2=b 3:2=c 3:3$ 4:1=d 4:2$ 4:2.", 0},
    {"a\r\n b\r\n", "1:1=a 2:2=b 2:3$ 3:1.", 0},
    {"  a\n", "1:3=a 1:4$ 2:1.", 0},
    {"# x\n a\n", "2:2=a 2:3$ 3:1.", 0},
    {"a\n\n b\n", "1:1=a 1:2$ 3:2=b 3:3$ 4:1.", 0},
    {"a\n  \n b\n", "1:1=a 1:2$ 3:2=b 3:3$ 4:1.", 0},
    {"a\n # x\n b\n", "1:1=a 1:2$ 3:2=b 3:3$ 4:1.", 0},
    {"a\n#x\n b", "1:1=a 1:2$ 3:2=b 3:3$ 3:3.", 0},
    {"a\n   ", "1:1=a 1:2$ 2:4.", 0},
    {"a\n \r\n b", "1:1=a 1:2$ 3:2=b 3:3$ 3:3.", 0},
    /* and so do lines after a '\' */
    {"a \\\nb\n", "1:1=a 2:1=b 2:2$ 3:1.", 0},
    {"a \\\r\nb\r\n", "1:1=a 2:1=b 2:2$ 3:1.", 0},
    {"a\\\nb c", "1:1=ab 2:3=c 2:4$ 2:4.", 0},
    {"a\\\n\\\n\\\nb", "1:1=ab 4:2$ 4:2.", 0},
    {"a\\\n b", "1:1=a 2:2=b 2:3$ 2:3.", 0},
    {"a \\\n#x\nb", "1:1=a 1:4$ 3:1=b 3:2$ 3:2.", 0},
    {"a\\\n#x\n b", "1:1=a 1:3$ 3:2=b 3:3$ 3:3.", 0},
    {"a \\\n\nb", "1:1=a 1:4$ 3:1=b 3:2$ 3:2.", 0},
    {"a \\", "1:1=a 1:4$ 1:4.", 0},
    {"a\\", "1:1=a 1:3$ 1:3.", 0},
    {"\\\na", "2:1=a 2:2$ 2:2.", 0},
    {"\\", "1:2.", 0},
    {"a\\b \\c", "1:1=a\\\\b 1:5=\\\\c 1:7$ 1:7.", 0},
    {"a \\ \nb", "1:1=a 1:3=\\\\ 1:5$ 2:1=b 2:2$ 2:2.", 0},
    /* quotes */
    {"'a b' \"c d\"", "1:1=a b\" 1:7=c d\" 1:12$ 1:12.", 0},
    {"x'a b'\"'\"y z", "1:1=xa b'y\" 1:12=z 1:13$ 1:13.", 0},
    {"'' \"\"", "1:1=\" 1:4=\" 1:6$ 1:6.", 0},
    {"'a\\nb' \"\\\"", "1:1=a\\\\nb\" 1:8=\\\\\" 1:11$ 1:11.", 0},
    {"'#' '\"'", "1:1=#\" 1:5=\\\"\" 1:8$ 1:8.", 0},
    {"#' \na", "2:1=a 2:2$ 2:2.", 0},
    {"\xc3\xa4 b", "1:1=\\xc3\\xa4 1:4=b 1:5$ 1:5.", 0},
    /* what is wrong ends with the logical line */
    {"a x'b c\nd", "1:1=a 1:4!unterminated quote 1:8$ 2:1=d 2:2$ 2:2.", 0},
    {"a 'b\n c d'\n e\nf", "1:1=a 1:3!unterminated quote 3:3$ 4:1=f 4:2$ 4:2.", 0},
    {"a 'b\\\nc'\nd", "1:1=a 1:3!unterminated quote 2:3$ 3:1=d 3:2$ 3:2.", 0},
    {"a 'b\\\n\nd", "1:1=a 1:3!unterminated quote 1:6$ 3:1=d 3:2$ 3:2.", 0},
    {"'", "1:1!unterminated quote 1:2$ 1:2.", 0},
    {"a b\0c d\ne", "1:1=a 1:4!NUL byte 1:8$ 2:1=e 2:2$ 2:2.", 9},
    {"'\0", "1:2!NUL byte 1:3$ 1:3.", 2},
    {"\0\n", "1:1!NUL byte 1:2$ 2:1.", 2},
    {"#\0\na", "2:1=a 2:2$ 2:2.", 4},
};

START_TEST(test_classic)
{
    check_sample(&classic[_i], lex_word);
}
END_TEST

static struct word next_value(struct lex *lx)
{
    return lex_token(lx, false);
}

static struct word next_key(struct lex *lx)
{
    return lex_token(lx, true);
}

static const struct sample values[] = {
    {"", "1:1.", 0},
    {" a b,c;\n", "1:2=a 1:4=b 1:5, 1:6=c 1:7; 2:1.", 0},
    {"X=y =z", "1:1=X=y 1:5==z 1:7.", 0},
    {"a # b ; c\nd#e", "1:1=a 2:1=d#e 2:4.", 0},
    {"a;#b\n,#c", "1:1=a 1:2; 2:1, 2:4.", 0},
    {"a\nb\r\n\n c\r", "1:1=a 2:1=b 4:2=c 4:3.", 0},
    {"a\\\nb \\\n c \\\n#d\ne\\", "1:1=ab 3:2=c 5:1=e 5:3.", 0},
    {"a\\\n;", "1:1=a 2:1; 2:2.", 0},
    {"'a;b,#c' x\"y z\"", "1:1=a;b,#c\" 1:10=xy z\" 1:16.", 0},
    {"'\\\\\\n\\t\\r\\'\\\"\\x41\\xe4\\xfF'", "1:1=\\\\\\n\\t\\r'\\\"A\\xe4\\xff\" 1:27.", 0},
    {"\"\\'\\\"\"", "1:1='\\\"\" 1:7.", 0},
    {"a\\n", "1:1=a\\\\n 1:4.", 0},
    {"'a\\q' b", "1:3!bad escape \\\\q 1:7=b 1:8.", 0},
    {"'\\q\\z'b;", "1:2!bad escape \\\\q 1:8; 1:9.", 0},
    {"'\\x4' b", "1:2!bad escape \\\\x4 1:7=b 1:8.", 0},
    {"'\\xg1'", "1:2!bad escape \\\\x 1:7.", 0},
    {"'\\x00'", "1:2!bad escape \\\\x00 1:7.", 0},
    {"'\\\x01'", "1:2!bad escape \\\\ 1:5.", 0},
    {"'\\0'", "1:2!bad escape \\\\0 1:5.", 0},
    {"a 'b;\nc;", "1:1=a 1:3!unterminated quote 2:1=c 2:2; 2:3.", 0},
    {"'b\\\nc", "1:1!unterminated quote 2:1=c 2:2.", 0},
    {"'b\\", "1:1!unterminated quote 1:4.", 0},
    {"'\\x", "1:2!bad escape \\\\x 1:4.", 0},
    {"a\0b c", "1:2!NUL byte 1:5=c 1:6.", 5},
    {"'\\\0' c", "1:2!bad escape \\\\ 1:6=c 1:7.", 6},
};

START_TEST(test_values)
{
    check_sample(&values[_i], next_value);
}
END_TEST

static const struct sample keys[] = {
    {"a = b", "1:1=a 1:3# 1:5=b 1:6.", 0},
    {"a=b", "1:1=a 1:2# 1:3=b 1:4.", 0},
    {"a==,;", "1:1=a 1:2# 1:3# 1:4, 1:5; 1:6.", 0},
    {"'a=b'=", "1:1=a=b\" 1:6# 1:7.", 0},
};

START_TEST(test_keys)
{
    check_sample(&keys[_i], next_key);
}
END_TEST

/* --- from one way to the other --------------------------------------------------------------- */

static void expect(struct word w, const char *expected)
{
    char line[128];
    struct text out;
    text_init(&out, line, sizeof line);
    dump(&out, &w);
    ck_assert_str_eq(line, expected);
}

static struct lex *open_text(const char *text)
{
    struct lex *lx = lex_new("f", text, strlen(text));
    ck_assert_ptr_nonnull(lx);
    return lx;
}

START_TEST(test_definition)
{
    struct lex *lx = open_text("a on # b\n x = y z=1; # c\n   d stream\n");
    expect(lex_word(lx), "1:1=a");
    expect(lex_word(lx), "1:3=on");
    expect(lex_token(lx, true), "2:2=x");
    expect(lex_token(lx, true), "2:4#");
    expect(lex_token(lx, false), "2:6=y");
    expect(lex_token(lx, false), "2:8=z=1");
    expect(lex_token(lx, false), "2:11;");
    lex_skip_line(lx);       /* the statement has ended: */
    lex_skip_definition(lx); /* neither takes anything of the next */
    expect(lex_word(lx), "3:4=d");
    expect(lex_word(lx), "3:6=stream");
    expect(lex_word(lx), "3:12$");
    expect(lex_word(lx), "4:1.");
    lex_free(lx);
}
END_TEST

START_TEST(test_one_line)
{
    struct lex *lx = open_text("a on x;b off;c d\n");
    expect(lex_word(lx), "1:1=a");
    expect(lex_word(lx), "1:3=on");
    expect(lex_token(lx, true), "1:6=x");
    expect(lex_token(lx, true), "1:7;");
    expect(lex_word(lx), "1:8=b");
    lex_skip_definition(lx);
    expect(lex_word(lx), "1:14=c");
    expect(lex_word(lx), "1:16=d");
    expect(lex_word(lx), "1:17$");
    lex_free(lx);
}
END_TEST

START_TEST(test_skip_line)
{
    struct lex *lx = open_text("a b\n 'c\nd e \\\n f\n#g\n h");
    lex_skip_line(lx);
    expect(lex_word(lx), "1:1=a");
    lex_skip_line(lx);
    expect(lex_word(lx), "3:1=d");
    lex_skip_line(lx);
    lex_skip_line(lx);
    expect(lex_word(lx), "6:2=h");
    expect(lex_word(lx), "6:3$");
    lex_free(lx);
}
END_TEST

/* A definition with a forgotten or a hidden ';', and where reading goes on. */
static const struct {
    const char *text, *next;
} skips[] = {
    {"a on x; b", "1:9=b"},
    {"a on x ';' \"\\\";\" # ;\n; b", "2:3=b"},
    {"a on x\nb stream tcp\n", "2:1=b"},
    {"a on x\nb dgram udp\n", "2:1=b"},
    {"a on x\nb seqpacket unix\n", "2:1=b"},
    {"a on x\nb rdm udp\n", "2:1=b"},
    {"a on x\nb raw udp\n", "2:1=b"},
    {"a on x\nb\toff", "2:1=b"},
    {"a on x\nb on;", "2:1=b"},
    {"a on x\n#\n\r\nb on\n", "4:1=b"},
    {"a on x\n.include z\n", "2:1=.include"},
    {"a on x\n127.0.0.1:\nb stream", "2:1=127.0.0.1:"},
    {"a on x\n*:  \r\nb stream", "2:1=*:"},
    {"a on x\n b stream;c", "2:11=c"}, /* indented */
    {"a on x\nb streams;c", "2:11=c"},
    {"a on x,\nargs = on;c", "2:11=c"},
    {"a on x,\n./b = ;c", "2:8=c"},
    {"a on x = 'y;\nb stream", "2:1=b"},
    {"a on x = 'y\\\nb stream", "2:1=b"},
    {"a on x\ny: z;c", "2:6=c"},
    {"a on x\n", "2:1."},
    {"a on x '", "1:9."},
    {"a on x\n.", "2:2."},
};

START_TEST(test_skip_definition)
{
    struct lex *lx = open_text(skips[_i].text);
    expect(lex_word(lx), "1:1=a");
    expect(lex_word(lx), "1:3=on");
    lex_skip_definition(lx);
    expect(lex_word(lx), skips[_i].next);
    lex_free(lx);
}
END_TEST

START_TEST(test_at_statement)
{
    struct lex *lx = open_text("a on x = y\n# z\nb stream tcp");
    ck_assert(lex_at_statement(lx));
    expect(lex_word(lx), "1:1=a");
    expect(lex_word(lx), "1:3=on");
    ck_assert(!lex_at_statement(lx));
    expect(lex_token(lx, true), "1:6=x");
    expect(lex_token(lx, true), "1:8#");
    ck_assert(!lex_at_statement(lx));
    expect(lex_token(lx, false), "1:10=y");
    ck_assert(lex_at_statement(lx));
    expect(lex_token(lx, false), "3:1=b"); /* it only looked */
    lex_free(lx);
    lx = open_text("a \n b\n");
    expect(lex_word(lx), "1:1=a");
    ck_assert(!lex_at_statement(lx));
    expect(lex_word(lx), "2:2=b");
    expect(lex_word(lx), "2:3$");
    lex_free(lx);
}
END_TEST

/* Lengths that a limit or a cost above linear would show. */
START_TEST(test_long)
{
    enum { WORD = 1000000, PAIRS = 50000 };
    static const char pair[] = "\n b\\\nc d";
    size_t step = strlen(pair);
    char *text = malloc(WORD + PAIRS * step);
    ck_assert_ptr_nonnull(text);
    memset(text, 'a', WORD);
    for (size_t i = 0; i < PAIRS; i++)
        memcpy(text + WORD + i * step, pair, step);
    struct lex *lx = lex_new("f", text, WORD + PAIRS * step);
    ck_assert_ptr_nonnull(lx);
    ck_assert_uint_eq(strlen(lex_word(lx).text), WORD);
    for (size_t i = 0; i < PAIRS; i++) {
        struct word bc = lex_word(lx), d = lex_word(lx);
        ck_assert_str_eq(bc.text, "bc");
        ck_assert_uint_eq(bc.place.line, 2 * i + 2);
        ck_assert_str_eq(d.text, "d");
        ck_assert_uint_eq(d.place.line, 2 * i + 3);
    }
    ck_assert_int_eq(lex_word(lx).kind, LEX_LINE_END);
    ck_assert_int_eq(lex_word(lx).kind, LEX_FILE_END);
    lex_free(lx);
    free(text);
}
END_TEST

/* --- properties ------------------------------------------------------------------------------ */

enum { ROUNDS = 2000 };

static uint64_t seed, state; /* not 0, or the numbers would all be */

static unsigned below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 16) % n);
}

/* Where `p` is in `text`, found the slow way; the place must exist. */
static size_t offset_of(const char *text, size_t len, struct place p)
{
    size_t at = 0;
    for (unsigned line = 1; line < p.line; line++) {
        const char *end = memchr(text + at, '\n', len - at);
        ck_assert_ptr_nonnull(end);
        at = (size_t)(end - text) + 1;
    }
    const char *end = memchr(text + at, '\n', len - at);
    size_t room = !end ? len - at : (size_t)(end - text) - at;
    ck_assert_uint_ge(p.column, 1);
    ck_assert_uint_le(p.column, room + 1);
    return at + p.column - 1;
}

/* One step of a caller that knows no order. */
static struct word any_step(struct lex *lx, unsigned style)
{
    unsigned what = below(16);
    if (what == 0)
        lex_skip_line(lx);
    else if (what == 1)
        lex_skip_definition(lx);
    else if (what == 2)
        (void)lex_at_statement(lx);
    if (style == 3)
        style = below(3);
    return style == 0 ? lex_word(lx) : lex_token(lx, style == 1);
}

/* What must hold for a word that starts at `at` of `text`. */
static void check_word(const struct word *w, const char *text, size_t len, size_t at)
{
    static const char marks[] = {[LEX_COMMA] = ',', [LEX_SEMICOLON] = ';', [LEX_EQUALS] = '='};
    switch (w->kind) {
    case LEX_WORD:
        ck_assert_uint_lt(at, len);
        if (!strchr("'\"\\", text[at]))
            ck_assert_int_eq(w->text[0], text[at]);
        if (text[at] == '"' || text[at] == '\'')
            ck_assert(w->quoted);
        ck_assert_ptr_null(strchr(" \t\n", text[at]));
        break;
    case LEX_FILE_END:
        ck_assert(at == len || (at + 1 == len && text[at] == '\r'));
        break;
    case LEX_LINE_END:
        ck_assert(at == len || text[at] == '\n' || text[at] == '\r');
        break;
    case LEX_BAD:
        ck_assert_uint_lt(at, len);
        ck_assert(strchr("'\"\\", text[at])); /* a NUL is found, too: its own end */
        break;
    default:
        ck_assert_int_eq(text[at], marks[w->kind]);
    }
}

static void check_any_text(void)
{
    static const char alphabet[] = "aab on.:\\\\\\'\"  \t\n\n\r#,;=x4\xc3";
    char text[120];
    size_t len = below(sizeof text + 1), last = 0;
    for (size_t i = 0; i < len; i++)
        text[i] = alphabet[below(sizeof alphabet)]; /* its NUL included */
    char *copy;
    struct lex *lx = open_sample(text, len, &copy);
    unsigned style = below(4);
    struct word w;
    for (size_t steps = 0; (w = any_step(lx, style)).kind != LEX_FILE_END; steps++) {
        size_t at = offset_of(text, len, w.place);
        ck_assert_uint_ge(at, last);
        check_word(&w, text, len, at);
        last = at;
        ck_assert_uint_le(steps, 2 * len + 1);
    }
    check_word(&w, text, len, offset_of(text, len, w.place));
    ck_assert_int_eq(lex_word(lx).kind, LEX_FILE_END);
    lex_free(lx);
    free(copy);
}

START_TEST(test_any_text)
{
    state = seed;
    for (int round = 0; round < ROUNDS; round++)
        check_any_text();
}
END_TEST

enum { WORDS = 12, WORD_MAX = 12 };

/* Words of any bytes but NUL and line ends. */
static void random_word(char *word)
{
    static const char alphabet[] = "abcd0-./\\'\"# \t,;=\r\xe4\x01";
    size_t len = below(WORD_MAX);
    for (size_t i = 0; i < len; i++)
        word[i] = alphabet[below(sizeof alphabet - 1)];
    word[len] = '\0';
}

static bool is_plain(const char *word)
{
    return *word != '\0' && word[strspn(word, "abcd0-./")] == '\0';
}

/* In quotes without escapes each quote stands in the other ones. */
static void quote_classic(struct text *out, const char *word)
{
    text_add(out, "''");
    for (; *word != '\0'; word++)
        text_add(out, *word == '\'' ? "\"%c\"" : "'%c'", *word);
}

static void quote_value(struct text *out, const char *word)
{
    char quote = below(2) == 0 ? '"' : '\'';
    text_add(out, "%c", quote);
    for (; *word != '\0'; word++)
        if (*word == '\\' || *word == quote)
            text_add(out, "\\%c", *word);
        else if (below(4) == 0)
            text_add(out, "\\x%02x", (unsigned char)*word);
        else
            text_add(out, "%c", *word);
    text_add(out, "%c", quote);
}

/* Write `words` with random gaps between them, then read them back. */
static void check_joined(bool value, const char *const *gaps, unsigned ngaps)
{
    char words[WORDS][WORD_MAX], joined[4096];
    size_t at[WORDS], count = 1 + below(WORDS - 1);
    struct text out;
    text_init(&out, joined, sizeof joined);
    for (size_t i = 0; i < count; i++) {
        random_word(words[i]);
        text_add(&out, "%s", i == 0 ? "" : gaps[below(ngaps)]);
        at[i] = out.len;
        if (is_plain(words[i]) && below(2) == 0)
            text_add(&out, "%s", words[i]);
        else if (value)
            quote_value(&out, words[i]);
        else
            quote_classic(&out, words[i]);
    }
    ck_assert(!out.cut);
    struct lex *lx = open_text(joined);
    for (size_t i = 0; i < count; i++) {
        struct word w = value ? lex_token(lx, false) : lex_word(lx);
        ck_assert_int_eq(w.kind, LEX_WORD);
        ck_assert_str_eq(w.text, words[i]);
        ck_assert_uint_eq(offset_of(joined, out.len, w.place), at[i]);
    }
    ck_assert_int_eq((value ? lex_token(lx, false) : lex_word(lx)).kind,
                     value ? LEX_FILE_END : LEX_LINE_END);
    lex_free(lx);
}

START_TEST(test_joined_words)
{
    static const char *const gaps[] = {" ", "\t  ", "\n ", "\r\n\t", " \\\n", "\\\n  ", " \\\r\n "};
    state = seed;
    for (int round = 0; round < ROUNDS; round++)
        check_joined(false, gaps, COUNT(gaps));
}
END_TEST

START_TEST(test_joined_values)
{
    static const char *const gaps[] = {" ", "\t", "\n", "\r\n", " # a ' ;\n", "\n#\n\n", " \\\n"};
    state = seed;
    for (int round = 0; round < ROUNDS; round++)
        check_joined(true, gaps, COUNT(gaps));
}
END_TEST

static void choose_seed(void)
{
    const char *given = getenv("SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    seed += seed == 0;
    printf("# SEED=%llu\n", (unsigned long long)seed);
    (void)fflush(stdout);
}

static Suite *suite(void)
{
    Suite *s = suite_create("lex");
    TCase *tc = tcase_create("lex");
    choose_seed();
    tcase_add_loop_test(tc, test_classic, 0, COUNT(classic));
    tcase_add_loop_test(tc, test_values, 0, COUNT(values));
    tcase_add_loop_test(tc, test_keys, 0, COUNT(keys));
    tcase_add_test(tc, test_definition);
    tcase_add_test(tc, test_one_line);
    tcase_add_test(tc, test_skip_line);
    tcase_add_loop_test(tc, test_skip_definition, 0, COUNT(skips));
    tcase_add_test(tc, test_at_statement);
    tcase_add_test(tc, test_long);
    tcase_add_test(tc, test_any_text);
    tcase_add_test(tc, test_joined_words);
    tcase_add_test(tc, test_joined_values);
    suite_add_tcase(s, tc);
    return s;
}

#include "check/main.h"
