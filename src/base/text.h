/*
 * base/text.h -- build bounded strings; escape what others wrote.
 *
 * This folder: words and values that know no system. It includes libc alone, and whatever is here
 * can be used by both programs. */
#ifndef DOORWARD_BASE_TEXT_H
#define DOORWARD_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TEXT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define TEXT_PRINTF(fmt, args)
#endif

/* A string under construction in memory that the caller owns; always NUL-terminated. */
struct text {
    char *at;    /* the memory */
    size_t size; /* its bytes, the terminating NUL's included; at least 1 */
    size_t len;  /* bytes written so far, without the NUL */
    bool cut;    /* something did not fit and was left out */
    bool marked; /* and "..." says so */
};

/* An empty text in the `size` bytes at `at`. */
void text_init(struct text *t, char *at, size_t size);

/*
 * Append as printf(3) does; what does not fit is left out and `cut` is set. Nothing is added to a
 * text that is cut: it stays a beginning of the whole. */
void text_add(struct text *t, const char *fmt, ...) TEXT_PRINTF(2, 3);
void text_vadd(struct text *t, const char *fmt, va_list ap) TEXT_PRINTF(2, 0);

/* The same of plain bytes, a string, a number: what every connection's lines are made of. */
void text_bytes(struct text *t, const char *bytes, size_t len);
void text_string(struct text *t, const char *s);
void text_number(struct text *t, uint64_t n);
/* " KEY=12.345", of nanoseconds. */
void text_seconds(struct text *t, const char *key, uint64_t ns);

/* Append " key=" to a log line. */
void text_key(struct text *t, const char *key);
/*
 * Append " key=value" to a log line. A value made of printable ASCII without blank, '"', '\' and
 * '=' is written as it is; any other, the empty one included, is put into double quotes with C
 * escapes (\" \\ \n \r \t \xHH), so that no peer can forge a key or a line. One that does not fit
 * ends in "..." and, if it has quotes, in its quote. */
void text_field(struct text *t, const char *key, const char *value);
/* The same for `len` bytes, which may have NULs among them. */
void text_field_bytes(struct text *t, const char *key, const char *bytes, size_t len);

/* Append `len` bytes with the escapes above but without quotes: for messages that quote a word. */
void text_escape(struct text *t, const char *bytes, size_t len);

/* Append a duration (ns) as people say it, in one or two units: "0.3s", "45s", "3m20s", "2h5m",
 * "4d11h". */
void text_span(struct text *t, uint64_t ns);

/*
 * If the text is cut and does not say so, let it end in "..." (of fewer than four bytes as much as
 * fits). No escape, no character of UTF-8 and no field before it is cut in two. */
void text_mark_cut(struct text *t);

/* snprintf(3) into `at` that reports whether all of it fit. */
bool text_fits(char *at, size_t size, const char *fmt, ...) TEXT_PRINTF(3, 4);

/* How many bytes of UTF-8 (RFC 3629: shortest form, no surrogates) make the character at `at`; 0 if
 * they are none. */
size_t text_utf8(const char *at);

#endif
