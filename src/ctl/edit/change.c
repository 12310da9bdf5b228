/* ctl/edit/change.c -- one entry of a file's text changed, and not a byte of the rest */
#include "config.h"

#include "ctl/edit/change.h"

#include <string.h>

static const char mark[] = "#<off>#"; /* as Debian's update-inetd writes it, a blank behind it */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t line_start(const struct bytes *text, size_t at)
{
    while (at > 0 && text->at[at - 1] != '\n')
        at--;
    return at;
}

/* Behind the line's end. */
static size_t line_end(const struct bytes *text, size_t at)
{
    const char *end = at < text->len ? memchr(text->at + at, '\n', text->len - at) : NULL;
    return end ? (size_t)(end - text->at) + 1 : text->len;
}

static bool all_blank(const struct bytes *text, size_t from, size_t to)
{
    while (from < to && (is_blank(text->at[from]) || text->at[from] == '\r'))
        from++;
    return from == to;
}

static void add_range(struct bytes *out, const struct bytes *text, size_t from, size_t to)
{
    bytes_add(out, text->at + from, to - from);
}

/* A definition's "on" or "off" as `word`. */
static bool turn(struct bytes *out, const struct bytes *text, const struct listed *e,
                 const char *before, const char *word)
{
    size_t len = strlen(before);
    if (e->onoff + len > text->len || memcmp(text->at + e->onoff, before, len) != 0)
        return false;
    add_range(out, text, 0, e->onoff);
    bytes_string(out, word);
    add_range(out, text, e->onoff + len, text->len);
    return true;
}

/* Does a line with a blank in front begin an entry here? Behind one it would go on with that. */
static bool begins(const struct bytes *above)
{
    size_t at = above->len > 0 ? line_start(above, above->len - 1) : 0;
    while (at < above->len && is_blank(above->at[at]))
        at++;
    return at >= above->len || strchr("#\r\n", above->at[at]);
}

/* The marked lines of an entry without their marks. */
static bool unmark(struct bytes *out, const struct bytes *text, const struct listed *e)
{
    add_range(out, text, 0, e->at);
    for (size_t at = e->at; at < e->end;) {
        size_t end = line_end(text, at), from = at + strlen(mark);
        if (from > end || memcmp(text->at + at, mark, strlen(mark)) != 0)
            return false;
        from += is_blank(text->at[from]); /* the mark's */
        if (at == e->at && !begins(out))
            while (is_blank(text->at[from]))
                from++;
        add_range(out, text, from, end);
        at = end;
    }
    add_range(out, text, e->end, text->len);
    return true;
}

bool change_enable(struct bytes *out, const struct bytes *text, const struct listed *e)
{
    if (e->onoff > 0)
        return turn(out, text, e, "off", "on");
    return unmark(out, text, e);
}

bool change_disable(struct bytes *out, const struct bytes *text, const struct listed *e)
{
    if (e->onoff > 0)
        return turn(out, text, e, "on", "off");
    size_t start = line_start(text, e->at);
    bool own = all_blank(text, start, e->at); /* else a definition ends in the same line */
    start = own ? start : e->at;
    add_range(out, text, 0, start);
    bytes_string(out, own ? "" : "\n");
    for (size_t at = start; at < e->end;) {
        size_t end = line_end(text, at);
        bytes_string(out, mark);
        bytes_string(out, " ");
        add_range(out, text, at, end);
        at = end;
    }
    add_range(out, text, e->end, text->len);
    return true;
}

bool change_remove(struct bytes *out, const struct bytes *text, const struct listed *e)
{
    size_t from = line_start(text, e->at), to = e->end;
    bool front = all_blank(text, from, e->at);
    bool whole = to > 0 && text->at[to - 1] == '\n'; /* of a line: it is behind its end already */
    size_t end = whole ? to : line_end(text, to);
    bool back = whole || all_blank(text, to, end - (end > to && text->at[end - 1] == '\n'));
    add_range(out, text, 0, front ? from : e->at);
    if (!front && whole)
        bytes_string(out, "\n");
    add_range(out, text, front && back ? end : to, text->len);
    return true;
}

size_t change_add(struct bytes *out, const struct bytes *text, const struct bytes *entry)
{
    add_range(out, text, 0, text->len);
    if (text->len > 0 && text->at[text->len - 1] != '\n')
        bytes_string(out, "\n");
    /* A line that ends in a '\' goes on in the next one, but not in an empty one. */
    size_t last = out->len;
    while (last > 0 && (out->at[last - 1] == '\n' || out->at[last - 1] == '\r'))
        last--;
    if (last > 0 && out->at[last - 1] == '\\')
        bytes_string(out, "\n");
    size_t at = out->len;
    bytes_add(out, entry->at, entry->len);
    if (entry->len > 0 && entry->at[entry->len - 1] != '\n')
        bytes_string(out, "\n");
    return at;
}
