/* base/value.c -- strict numbers, sizes, times and rates from words */
#include "config.h"

#include "base/clock.h"
#include "base/value.h"

#include <string.h>
#include <strings.h>

static const char NOT_A_NUMBER[] = "not a number", OUT_OF_RANGE[] = "out of range";

struct unit {
    const char *name;
    uint64_t factor;
};

/* The digits of `base` at `*word`, which moves behind all of them: a number of at most `max`. */
static const char *digits(const char **word, unsigned base, uint64_t max, uint64_t *n)
{
    const char *p = *word, *wrong = NULL;
    uint64_t sum = 0;
    for (; *p >= '0' && *p < (char)('0' + base); p++) {
        unsigned d = (unsigned)(*p - '0');
        if (d > max || sum > (max - d) / base)
            wrong = OUT_OF_RANGE;
        else
            sum = sum * base + d;
    }
    if (p == *word)
        wrong = NOT_A_NUMBER;
    *word = p;
    *n = sum;
    return wrong;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name != NULL; units++)
        if (strcmp(units->name, name) == 0)
            return units;
    return NULL;
}

/* A number and one of `units` (a NULL name ends them), the product at most `max`. */
static const char *scaled(const char *word, const struct unit *units, uint64_t max,
                          const char *no_such, uint64_t *n)
{
    uint64_t count;
    const char *wrong = digits(&word, 10, max, &count);
    const struct unit *u = find_unit(units, word);
    if (wrong == NOT_A_NUMBER || u == NULL)
        return no_such;
    if (wrong != NULL || count > max / u->factor)
        return OUT_OF_RANGE;
    *n = count * u->factor;
    return NULL;
}

const char *value_number(const char *word, uint64_t min, uint64_t max, uint64_t *n)
{
    uint64_t count;
    const char *wrong = digits(&word, 10, max, &count);
    if (*word != '\0')
        return NOT_A_NUMBER;
    if (wrong == NULL && count < min)
        return OUT_OF_RANGE;
    if (wrong == NULL)
        *n = count;
    return wrong;
}

const char *value_signed(const char *word, int64_t min, int64_t max, int64_t *n)
{
    bool minus = *word == '-';
    uint64_t size;
    const char *wrong = value_number(minus ? word + 1 : word, 0, INT64_MAX, &size);
    if (wrong != NULL)
        return wrong;
    int64_t value = minus ? -(int64_t)size : (int64_t)size;
    if (value < min || value > max)
        return OUT_OF_RANGE;
    *n = value;
    return NULL;
}

const char *value_mode(const char *word, unsigned *mode)
{
    uint64_t bits;
    const char *wrong = digits(&word, 8, 07777, &bits);
    if (wrong == NOT_A_NUMBER || *word != '\0')
        return "not an octal mode";
    if (wrong == NULL)
        *mode = (unsigned)bits;
    return wrong;
}

const char *value_size(const char *word, uint64_t max, uint64_t *bytes)
{
    static const struct unit units[] = {{"", 1},        {"k", 1 << 10}, {"K", 1 << 10},
                                        {"m", 1 << 20}, {"M", 1 << 20}, {"g", 1 << 30},
                                        {"G", 1 << 30}, {NULL, 0}};
    return scaled(word, units, max, "not a size (a number, then k, m, g or nothing)", bytes);
}

const char *value_time(const char *word, uint64_t *ns)
{
    static const struct unit units[] = {{"", NS_PER_S},    {"ms", NS_PER_MS},  {"s", NS_PER_S},
                                        {"m", NS_PER_MIN}, {"h", NS_PER_HOUR}, {"d", NS_PER_DAY},
                                        {NULL, 0}};
    return scaled(word, units, 3650 * NS_PER_DAY,
                  "not a time (a number, then ms, s, m, h, d or nothing)", ns);
}

const char *value_rate(const char *word, uint32_t *count, uint64_t *period_ns)
{
    static const struct unit units[] = {
        {"", NS_PER_MIN}, {"/s", NS_PER_S}, {"/m", NS_PER_MIN}, {"/h", NS_PER_HOUR}, {NULL, 0}};
    uint64_t n;
    const char *wrong = digits(&word, 10, UINT32_MAX, &n);
    const struct unit *u = find_unit(units, word);
    if (wrong == NOT_A_NUMBER || u == NULL)
        return "not a rate (a number, then /s, /m, /h or nothing)";
    if (wrong != NULL)
        return wrong;
    *count = (uint32_t)n;
    *period_ns = u->factor;
    return NULL;
}

const char *value_bool(const char *word, bool *yes)
{
    static const char *const names[][2] = {{"no", "yes"}, {"off", "on"}, {"false", "true"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int is = 0; is < 2; is++)
            if (strcasecmp(word, names[i][is]) == 0) {
                *yes = is == 1;
                return NULL;
            }
    return "not yes or no";
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
