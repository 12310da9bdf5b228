/* base/value.c -- strict numbers, sizes, times and rates from words */
#include "config.h"

#include "base/clock.h"
#include "base/value.h"

#include <string.h>
#include <strings.h>

const char *value_fault_text(enum value_fault fault)
{
    static const char *const texts[] = {
        [VALUE_NO_NUMBER] = "not a number",
        [VALUE_RANGE] = "out of range",
        [VALUE_NO_MODE] = "not an octal mode",
        [VALUE_NO_SIZE] = "not a size (a number, then k, m, g or nothing)",
        [VALUE_NO_TIME] = "not a time (a number, then ms, s, m, h, d or nothing)",
        [VALUE_NO_RATE] = "not a rate (a number, then /s, /m, /h or nothing)",
        [VALUE_NO_BOOL] = "not yes or no",
    };
    return texts[fault];
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* The digits of `base` at `*word`, which moves behind all of them: a number of at most `max`. */
static enum value_fault digits(const char **word, unsigned base, uint64_t max, uint64_t *n)
{
    const char *p = *word;
    enum value_fault wrong = VALUE_GOOD;
    uint64_t sum = 0;
    for (; *p >= '0' && *p < (char)('0' + base); p++) {
        unsigned d = (unsigned)(*p - '0');
        if (d > max || sum > (max - d) / base)
            wrong = VALUE_RANGE;
        else
            sum = sum * base + d;
    }
    if (p == *word)
        wrong = VALUE_NO_NUMBER;
    *word = p;
    *n = sum;
    return wrong;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name; units++)
        if (strcmp(units->name, name) == 0)
            return units;
    return NULL;
}

/* A number and one of `units` (a NULL name ends them), the product at most `max`. */
static enum value_fault scaled(const char *word, const struct unit *units, uint64_t max,
                               enum value_fault no_such, uint64_t *n)
{
    uint64_t count;
    enum value_fault wrong = digits(&word, 10, max, &count);
    const struct unit *u = find_unit(units, word);
    if (wrong == VALUE_NO_NUMBER || !u)
        return no_such;
    if (wrong || count > max / u->factor)
        return VALUE_RANGE;
    *n = count * u->factor;
    return VALUE_GOOD;
}

enum value_fault value_number(const char *word, uint64_t min, uint64_t max, uint64_t *n)
{
    uint64_t count;
    enum value_fault wrong = digits(&word, 10, max, &count);
    if (*word != '\0')
        return VALUE_NO_NUMBER;
    if (!wrong && count < min)
        return VALUE_RANGE;
    if (!wrong)
        *n = count;
    return wrong;
}

enum value_fault value_signed(const char *word, int64_t min, int64_t max, int64_t *n)
{
    bool minus = *word == '-';
    uint64_t size;
    enum value_fault wrong = value_number(minus ? word + 1 : word, 0, INT64_MAX, &size);
    if (wrong)
        return wrong;
    int64_t value = minus ? -(int64_t)size : (int64_t)size;
    if (value < min || value > max)
        return VALUE_RANGE;
    *n = value;
    return VALUE_GOOD;
}

enum value_fault value_mode(const char *word, unsigned *mode)
{
    uint64_t bits;
    enum value_fault wrong = digits(&word, 8, 07777, &bits);
    if (wrong == VALUE_NO_NUMBER || *word != '\0')
        return VALUE_NO_MODE;
    if (!wrong)
        *mode = (unsigned)bits;
    return wrong;
}

enum value_fault value_size(const char *word, uint64_t max, uint64_t *bytes)
{
    static const struct unit units[] = {{"", 1},        {"k", 1 << 10}, {"K", 1 << 10},
                                        {"m", 1 << 20}, {"M", 1 << 20}, {"g", 1 << 30},
                                        {"G", 1 << 30}, {NULL, 0}};
    return scaled(word, units, max, VALUE_NO_SIZE, bytes);
}

enum value_fault value_time(const char *word, uint64_t *ns)
{
    static const struct unit units[] = {{"", NS_PER_S},    {"ms", NS_PER_MS},  {"s", NS_PER_S},
                                        {"m", NS_PER_MIN}, {"h", NS_PER_HOUR}, {"d", NS_PER_DAY},
                                        {NULL, 0}};
    return scaled(word, units, 3650 * NS_PER_DAY, VALUE_NO_TIME, ns);
}

enum value_fault value_rate(const char *word, uint32_t *count, uint64_t *period_ns)
{
    static const struct unit units[] = {
        {"", NS_PER_MIN}, {"/s", NS_PER_S}, {"/m", NS_PER_MIN}, {"/h", NS_PER_HOUR}, {NULL, 0}};
    uint64_t n;
    enum value_fault wrong = digits(&word, 10, UINT32_MAX, &n);
    const struct unit *u = find_unit(units, word);
    if (wrong == VALUE_NO_NUMBER || !u)
        return VALUE_NO_RATE;
    if (wrong)
        return wrong;
    *count = (uint32_t)n;
    *period_ns = u->factor;
    return VALUE_GOOD;
}

enum value_fault value_bool(const char *word, bool *yes)
{
    static const char *const names[][2] = {{"no", "yes"}, {"off", "on"}, {"false", "true"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int is = 0; is < 2; is++)
            if (strcasecmp(word, names[i][is]) == 0) {
                *yes = is == 1;
                return VALUE_GOOD;
            }
    return VALUE_NO_BOOL;
}

enum { LONGEST = 32 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

/* Optimal string alignment: the last three rows of the table are all that is ever read. */
unsigned value_distance(const char *a, const char *b)
{
    unsigned rows[3][LONGEST + 1];
    size_t alen = strlen(a), blen = strlen(b);
    if (alen > LONGEST || blen > LONGEST)
        return 99;
    for (size_t j = 0; j <= blen; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= alen; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= blen; j++) {
            unsigned change = a[i - 1] != b[j - 1];
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
            bool swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swap && two[j - 2] + 1 < row[j])
                row[j] = two[j - 2] + 1;
        }
    }
    return rows[alen % 3][blen];
}
