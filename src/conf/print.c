/* conf/print.c -- the resolved table of -t */
#include "config.h"

#include "conf/keys.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

/* One member of the settings to be shown. */
struct show {
    const struct settings *set, *normal; /* the service's, and the defaults */
    const struct conf_key *k;
    struct text *out;
};

static const void *member(const struct show *x)
{
    return (const char *)x->set + x->k->offset;
}

/* Has it the default value, in the `size` bytes that it takes? */
static bool is_normal(const struct show *x, size_t size)
{
    return memcmp(member(x), (const char *)x->normal + x->k->offset, size) == 0;
}

static void show_number(const struct show *x, int64_t n)
{
    text_add(x->out, " %s=%" PRId64, x->k->name, n);
}

static void show_bool(const struct show *x)
{
    if (!is_normal(x, sizeof(bool)))
        text_add(x->out, " %s=%s", x->k->name, *(const bool *)member(x) ? "yes" : "no");
}

static void show_int(const struct show *x)
{
    if (!is_normal(x, sizeof(int)))
        show_number(x, *(const int *)member(x));
}

static void show_u32(const struct show *x)
{
    if (!is_normal(x, sizeof(uint32_t)))
        show_number(x, *(const uint32_t *)member(x));
}

static void show_mode(const struct show *x)
{
    if (!is_normal(x, sizeof(unsigned)))
        text_add(x->out, " %s=%04o", x->k->name, *(const unsigned *)member(x));
}

static void show_time(const struct show *x)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{NS_PER_DAY, "d"},
                 {NS_PER_HOUR, "h"},
                 {NS_PER_MIN, "m"},
                 {NS_PER_S, "s"},
                 {NS_PER_MS, "ms"}};
    uint64_t ns = *(const uint64_t *)member(x);
    size_t i = 0;

    if (is_normal(x, sizeof ns))
        return;
    while (i + 1 < sizeof units / sizeof *units && ns % units[i].ns != 0)
        i++;
    text_add(x->out, " %s=%" PRIu64 "%s", x->k->name, ns / units[i].ns, units[i].name);
}

/* As it would be written: a count whose rate this is, one that is the burst if there is one, else
 * the smallest. */
static void show_rate(const struct show *x)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{NS_PER_MIN, ""}, {NS_PER_S, "/s"}, {NS_PER_HOUR, "/h"}};
    const struct rate *r = member(x);
    const char *name = "";
    uint64_t count = 0;
    char text[64];

    if (r->interval == 0)
        return; /* no limit, the default */
    for (size_t i = 0; i < sizeof units / sizeof *units && count != r->burst; i++) {
        uint64_t n = (units[i].ns + r->interval / 2) / r->interval; /* rate_make rounds */
        bool exact = n > 0 && n <= UINT32_MAX &&
                     rate_make((uint32_t)n, units[i].ns, 0).interval == r->interval;
        if (exact && (count == 0 || n == r->burst || n < count)) {
            count = n;
            name = units[i].name;
        }
    }
    if (count == r->burst)
        text_add(x->out, " %s=%" PRIu64 "%s", x->k->name, count, name);
    else if (text_fits(text, sizeof text, "%" PRIu64 "%s burst %" PRIu32, count, name, r->burst))
        text_field(x->out, x->k->name, text);
}

static void show_prefix(const struct show *x)
{
    if (x->set->source_v4bits != x->normal->source_v4bits ||
        x->set->source_v6bits != x->normal->source_v6bits)
        text_add(x->out, " %s=%u/%u", x->k->name, x->set->source_v4bits, x->set->source_v6bits);
}

static void show_text(const struct show *x)
{
    const char *text = *(char *const *)member(x);

    if (text != NULL)
        text_field(x->out, x->k->name, text);
}

static void show_choice(const struct show *x)
{
    if (x->set->stderr_to != x->normal->stderr_to)
        text_add(x->out, " %s=%s", x->k->name, conf_stderr_names[x->set->stderr_to]);
}

/* A field for each. */
static void show_vector(const struct show *x)
{
    char *const *v = *(char **const *)member(x);

    for (size_t i = 0; v != NULL && v[i] != NULL; i++)
        text_field(x->out, x->k->name, v[i]);
}

static void show_rules(const struct show *x)
{
    const struct access *access = member(x);
    char prefix[ADDR_TEXT];

    for (size_t i = 0; i < access->count; i++)
        if (access->rules[i].allow == (x->k->low != 0))
            text_add(x->out, " %s=%s", x->k->name, prefix_format(&access->rules[i].prefix, prefix));
}

static void show_limit_value(struct text *out, rlim_t value)
{
    if (value == RLIM_INFINITY)
        text_add(out, "unlimited");
    else
        text_add(out, "%ju", (uintmax_t)value);
}

static void show_rlimit(const struct show *x)
{
    int which = priv_rlimit_which(x->k->name + strlen("rlimit_"));

    for (size_t i = 0; i < x->set->nrlimits; i++) {
        const struct rlimit *value = &x->set->rlimits[i].value;
        if (x->set->rlimits[i].which != which)
            continue;
        text_add(x->out, " %s=", x->k->name);
        show_limit_value(x->out, value->rlim_cur);
        if (value->rlim_max != value->rlim_cur) {
            text_add(x->out, ":");
            show_limit_value(x->out, value->rlim_max);
        }
    }
}

static void show_settings(struct text *out, const struct service *s, const struct settings *normal)
{
    static void (*const shows[KEY_TYPES])(const struct show *x) = {
        [KEY_BOOL] = show_bool,     [KEY_INT] = show_int,      [KEY_SIGNED] = show_int,
        [KEY_U32] = show_u32,       [KEY_SIZE] = show_int,     [KEY_TIME] = show_time,
        [KEY_MODE] = show_mode,     [KEY_RATE] = show_rate,    [KEY_PREFIX] = show_prefix,
        [KEY_PATH] = show_text,     [KEY_DEVICE] = show_text,  [KEY_CHOICE] = show_choice,
        [KEY_ENV] = show_vector,    [KEY_NAMES] = show_vector, [KEY_RULES] = show_rules,
        [KEY_RLIMIT] = show_rlimit,
    };
    struct show x = {.set = s->entry->settings, .normal = normal, .out = out};
    unsigned unfit = conf_unfit(s->entry->proto, s->entry->wait, s->entry->program->builtin);

    for (size_t i = 0; (x.k = conf_key_at(i)) != NULL; i++)
        if (shows[x.k->type] != NULL && (x.k->where & unfit) == 0)
            shows[x.k->type](&x);
}

/* --- ids ------------------------------------------------------------------------------------ */

static void add_group(struct text *out, gid_t gid)
{
    const struct group *gr = getgrgid(gid);

    if (gr != NULL)
        text_add(out, "%s", gr->gr_name);
    else
        text_add(out, "%lu", (unsigned long)gid);
}

/* USER: with the group where it is not the user's own. */
static void show_user(struct text *out, const struct priv *p)
{
    const char *why;
    struct priv *own = priv_find(p->user, NULL, &why);

    text_add(out, " %s", p->user);
    if (own == NULL || own->gid != p->gid) {
        text_add(out, ":");
        add_group(out, p->gid);
    }
    priv_unref(own);
}

/* Supplementary groups that are not the user's. */
static void show_groups(struct text *out, const struct priv *p)
{
    char name[24];
    const char *why;
    struct priv *own;

    if (!text_fits(name, sizeof name, "%lu", (unsigned long)p->gid))
        return; /* it does */
    own = priv_find(p->user, name, &why);
    if (own != NULL && (own->ngroups != p->ngroups ||
                        memcmp(own->groups, p->groups, p->ngroups * sizeof *p->groups) != 0)) {
        for (size_t i = 1; i < p->ngroups; i++) {
            text_add(out, i == 1 ? " groups=" : ",");
            add_group(out, p->groups[i]);
        }
    }
    priv_unref(own);
}

static void show_owner(struct text *out, const struct settings *set)
{
    const struct passwd *pw;

    if (set->unix_uid != (uid_t)-1) {
        pw = getpwuid(set->unix_uid);
        if (pw != NULL)
            text_add(out, " unix_user=%s", pw->pw_name);
        else
            text_add(out, " unix_user=%lu", (unsigned long)set->unix_uid);
    }
    if (set->unix_gid != (gid_t)-1) {
        text_add(out, " unix_group=");
        add_group(out, set->unix_gid);
    }
}

/* --- a line --------------------------------------------------------------------------------- */

/* Into one field, in the quotes of a definition where a word is not plain. */
static bool show_args(struct text *out, const struct program *p)
{
    size_t size = 1;
    struct text t;
    char *joined;

    for (size_t i = 0; p->argv[i] != NULL; i++)
        size += strlen(p->argv[i]) + 3;
    joined = malloc(size);
    if (joined == NULL)
        return false;
    text_init(&t, joined, size);
    for (size_t i = 0; p->argv[i] != NULL; i++) {
        const char *quote = strpbrk(p->argv[i], " \t\n;,#\"") != NULL || !*p->argv[i] ? "'" : "";
        text_add(&t, "%s%s%s%s", i > 0 ? " " : "", quote, p->argv[i], quote);
    }
    text_field(out, "args", joined);
    free(joined);
    return true;
}

/* A field that may have any bytes. */
static void add_word(struct text *out, const char *word)
{
    const char *quote = "";

    for (const char *at = word; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || *at == '"' || *at == '\\')
            quote = "\"";
    text_add(out, "%s", quote);
    text_escape(out, word, strlen(word));
    text_add(out, "%s", quote);
}

static bool show_program(struct text *out, const struct service *s)
{
    const struct program *p = s->entry->program;
    char at[ADDR_TEXT];
    const char *base;

    text_add(out, p->builtin != NULL ? " internal:" : " ");
    add_word(out, p->builtin != NULL ? p->builtin->name : p->path);
    for (size_t i = 0; i < s->nlisteners; i++) {
        text_add(out, " ");
        add_word(out, listener_address(s->listeners[i], at));
    }
    if (s->nlisteners == 0)
        text_add(out, " -");
    if (p->builtin != NULL)
        return true;
    base = strrchr(p->path, '/') + 1;
    return (strcmp(base, p->argv[0]) == 0 && p->argv[1] == NULL) || show_args(out, p);
}

static bool show_service(struct text *out, const struct service *s, const struct settings *normal)
{
    add_word(out, s->entry->name);
    text_add(out, " %s %s %s", service_socktype_name(s), service_proto_name(s),
             s->entry->wait ? "wait" : "nowait");
    show_user(out, s->entry->settings->who);
    if (!show_program(out, s))
        return false;
    if (s->entry->proto == PROTO_UNIX)
        show_owner(out, s->entry->settings);
    if (s->entry->program->builtin == NULL)
        show_groups(out, s->entry->settings->who);
    show_settings(out, s, normal);
    return true;
}

bool conf_print(const struct table *t, void (*put)(void *arg, const char *line), void *arg)
{
    struct settings *normal = settings_new();
    size_t size = 1024;
    char *line = malloc(size), *grown;
    bool good = normal != NULL && line != NULL;
    struct text out;

    for (size_t i = 0; good && i < t->count; i++) {
        text_init(&out, line, size);
        good = show_service(&out, t->services[i], normal);
        if (good && !out.cut) {
            put(arg, line);
        } else if (good) {
            size *= 2;
            grown = realloc(line, size);
            good = grown != NULL;
            line = good ? grown : line;
            i--; /* once more, with room */
        }
    }
    priv_forget();
    settings_unref(normal);
    free(line);
    return good;
}
