/*
 * conf/lex.h -- characters to words with file:line:column; no meaning.
 *
 * Two ways to read the same text. A statement starts with lex_word(), the classic lines' way:
 * blanks separate, the line's end ends. When the first words show that it is a definition or a
 * directive, the caller goes on with lex_token(), free format to the semicolon. */
#ifndef DOORWARD_CONF_LEX_H
#define DOORWARD_CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>

/* A place in a file; line and column count from 1, columns in bytes. `file` is borrowed. */
struct place {
    const char *file;
    unsigned line, column;
};

enum lex_kind {
    LEX_WORD,     /* text and place are set */
    LEX_LINE_END, /* of the logical line (lex_word only) */
    LEX_FILE_END,
    LEX_COMMA, /* lex_token only, like the next two */
    LEX_SEMICOLON,
    LEX_EQUALS,
    LEX_BAD, /* text (until the next call) says what is wrong ("unterminated quote",
              * "bad escape \\q"), place where */
};

struct word {
    enum lex_kind kind;
    struct place place; /* of the first character, the quote included; of the end for *_END */
    const char *text;   /* without quotes; lives until lex_free(); NULL where the kind has none */
    bool quoted;        /* some of it stood in quotes: never a keyword */
    size_t at;          /* of its first byte in the text */
};

struct lex; /* one file's text being read */

/*
 * Read `len` bytes at `text` (borrowed until lex_free()); `file` is the name for places, borrowed
 * too. NULL: out of memory. */
struct lex *lex_new(const char *file, const char *text, size_t len);
void lex_free(struct lex *lx);

/*
 * The next word of a classic line. Comment and blank lines between statements are skipped. Inside a
 * statement a physical line that starts with a blank, or that follows a '\' before the line's end,
 * goes on with the one before, unless it is a comment or blank: that ends the statement. A '\'
 * joins as it stands, so a word may go on behind it. CR before LF is dropped, a last line needs no
 * LF. '...' and "..." quote, also inside a word; nothing escapes inside them, and a line's end
 * inside them is LEX_BAD. A NUL byte is LEX_BAD. After LEX_BAD the rest of the logical line is
 * skipped and LEX_LINE_END follows. */
struct word lex_word(struct lex *lx);

/*
 * The next token of a definition: blanks and line ends separate, '#' where a token may start is a
 * comment to the line's end, a '\' before a line's end joins, ',' ';' end a bare word and are
 * tokens, '=' is a token only while `key` (a key is being read); in a value it is literal. Quotes
 * as above but with the escapes
 * \\ \n \t \r \' \" \xHH inside both kinds; any other is LEX_BAD. LEX_FILE_END at the end. */
struct word lex_token(struct lex *lx, bool key);

/* The byte of the text that is read next. */
size_t lex_at(const struct lex *lx);

/* Skip past the end of this logical line; between statements it does nothing. */
void lex_skip_line(struct lex *lx);

/*
 * After an error in a definition: skip past its ';'; or stop before a line that starts, in column
 * 1, a statement of its own ('.' directive, a lone word that ends in ':', or a second word of on,
 * off, stream, dgram, seqpacket, rdm, raw), so that a forgotten ';' costs one entry. Quotes and
 * comments are understood while skipping. Does nothing when the ';' has been read already. */
void lex_skip_definition(struct lex *lx);

/* Would lex_token()'s next word start in column 1 such a statement? Tells a forgotten ';' early. */
bool lex_at_statement(struct lex *lx);

#endif
