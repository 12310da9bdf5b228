/* check/keys.c -- each kind of value through its two halves, a row for each member of settings */
#include "config.h"

#include "conf/ask.h"
#include "conf/types.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- a synthetic key of each kind ------------------------------------------------------------ */

/* Settings with one more member of each kind. */
struct wide {
    struct settings set;
    bool flag;
    int number, size;
    uint32_t count;
    uint64_t time;
    unsigned mode;
    int signal;
    struct rate rate;
    struct keepalive probes;
    struct source_prefix prefix;
    uint8_t choice, gate;
    uint64_t caps;
    char **paths, **reach, **ports, **calls, **mounts, *label;
    char *path, *log, *device, **env, **names;
    struct access rules, balancers;
    struct rlimits limits;
};

#define IN(member) .offset = offsetof(struct wide, member)

static const char *const words[] = {"first", "second", NULL};

/* In the order of `samples`. */
static const struct key rows[] = {
    {"x_flag", KIND_BOOL, 0, IN(flag)},
    {"x_number", KIND_INT, 0, IN(number), .low = -5, .high = 5, .normal = &(const int){3}},
    {"x_size", KIND_SIZE, 0, IN(size), .low = 1, .high = 1 << 20},
    {"x_count", KIND_COUNT, 0, IN(count), .high = 100},
    {"x_time", KIND_TIME, 0, IN(time)},
    {"x_signal", KIND_SIGNAL, 0, IN(signal), .normal = &(const int){15}},
    {"x_mode", KIND_MODE, 0, IN(mode), .high = 0777},
    {"x_rate", KIND_RATE, 0, IN(rate), .high = 100},
    {"x_probes", KIND_PROBES, 0, IN(probes)},
    {"x_prefix", KIND_PREFIX, 0, IN(prefix)},
    {"x_choice", KIND_CHOICE, 0, IN(choice), .words = words},
    {"x_gate", KIND_GATE, 0, IN(gate), .low = 1, .high = 40},
    {"x_path", KIND_PATH, 0, IN(path)},
    {"x_log", KIND_LOG, 0, IN(log)},
    {"x_device", KIND_DEVICE, 0, IN(device)},
    {"x_env", KIND_ENV, 0, IN(env)},
    {"x_names", KIND_NAMES, 0, IN(names)},
    {"x_allow", KIND_ALLOW, 0, IN(rules)},
    {"x_deny", KIND_DENY, 0, IN(rules)},
    {"x_balancers", KIND_BALANCERS, 0, IN(balancers)},
    {"x_paths", KIND_PATHS, 0, IN(paths)},
    {"x_reach", KIND_REACH, 0, IN(reach)},
    {"x_ports", KIND_PORTS, 0, IN(ports)},
    {"x_calls", KIND_CALLS, 0, IN(calls)},
    {"x_mounts", KIND_MOUNTS, 0, IN(mounts)},
    {"x_label", KIND_LABEL, 0, IN(label)},
    {"x_caps", KIND_CAPS, 0, IN(caps), .normal = &(const uint64_t){CAGE_ALL_CAPS}},
    {"rlimit_core", KIND_RLIMIT, 0, IN(limits)},
    {"rlimit_nofile", KIND_RLIMIT, 0, IN(limits)},
};
static const struct keys table = {rows, COUNT(rows)};

static const struct {
    const char *one, *other; /* values that are not the default, nor equal */
    const char *shown;       /* `one`, by -t */
    const char *bad, *told;
} samples[COUNT(rows)] = {
    {"yes", "no", " x_flag=yes", "maybe", "x_flag \"maybe\" is not yes or no"},
    {"-4", "4", " x_number=-4", "6", "x_number \"6\" is out of range (-5 to 5)"},
    {"2k", "3", " x_size=2048", "0", "x_size \"0\" is out of range (1-1048576)"},
    {"7", "8", " x_count=7", "101", "x_count \"101\" is out of range (0-100)"},
    {"90s", "1ms", " x_time=90s", "x",
     "x_time \"x\" is not a time (a number, then ms, s, m, h, d or nothing)"},
    {"hup", "SIGINT", " x_signal=HUP", "TREM", "x_signal \"TREM\" is no signal's name"},
    {"0640", "0600", " x_mode=0640", "1777", "x_mode \"1777\" is above 0777"},
    {"6/s burst 9", "6/s", " x_rate=\"6/s burst 9\"", "6 7",
     "\"7\" after \"x_rate\": expected \"burst\""},
    {"1m/10s/5", "yes", " x_probes=60s/10s/5", "1m/10s/0",
     "x_probes \"1m/10s/0\" is not IDLE/INTERVAL/COUNT (times from 1s to 32767s, a count to 127)"},
    {"24/56", "24/48", " x_prefix=24/56", "33/1",
     "x_prefix \"33/1\" is not V4BITS/V6BITS (0-32/0-128)"},
    {"second", "first", " x_choice=second", "secnd",
     "x_choice \"secnd\" is none of first, second (did you mean \"second\"?)"},
    {"pow 20", "pow 8", " x_gate=\"pow 20\"", "pow 41", "x_gate \"41\" is out of range (1-40)"},
    {"/a", "/b", " x_path=/a", "a", "x_path \"a\" is no absolute path"},
    {"local3.notice", "/var/log/x", " x_log=local3.notice", "local9",
     "x_log \"local9\" is no facility.level of syslog, nor an absolute path"},
    {"eth0", "eth1", " x_device=eth0", "a-name-that-is-too-long",
     "x_device \"a-name-that-is-too-long\" is no interface's name"},
    {"A=1 B=2", "A=1", " x_env=\"A=1\" x_env=\"B=2\"", "A", "x_env \"A\" is not NAME=value"},
    {"A B", "A", " x_names=A x_names=B", "1", "x_names \"1\" is no variable's name"},
    {"10.0.0.0/8", "10.0.0.0/9", " x_allow=10.0.0.0/8", "x", NULL},
    {"::1", "::2", " x_deny=::1/128", "x", NULL},
    {"192.0.2.1 uid:7", "192.0.2.1", " x_balancers=192.0.2.1/32 x_balancers=uid:7", "x", NULL},
    {"/a /b", "none", " x_paths=/a x_paths=/b", "/a none",
     "x_paths \"none\" is no absolute path, nor \"none\" alone"},
    {"80 udp unix:/x", "none", " x_reach=80 x_reach=udp x_reach=unix:/x", "unix:x",
     "x_reach \"unix:x\" is no port (1-65535), nor udp, unix:PATH, nor \"none\" alone"},
    {"80 443", "none", " x_ports=80 x_ports=443", "0",
     "x_ports \"0\" is no port (1-65535), nor \"none\" alone"},
    {"kill !@mount", "read", " x_calls=kill x_calls=!@mount", "!@mout",
     "x_calls \"!@mout\" is no system call or @set, EPERM or kill (did you mean \"@mount\"?)"},
    {"/a /b:/c:rw", "/a:rw", " x_mounts=/a x_mounts=/b:/c:rw", "/a:b",
     "x_mounts \"/a:b\" is not FROM[:TO][:rw] with absolute paths"},
    {"a:b", "b", " x_label=a:b", NULL, NULL},
    {"chown CAP_NET_RAW", "none", " x_caps=chown x_caps=net_raw", "net_rwa",
     "x_caps \"net_rwa\" is no capability (did you mean \"net_raw\"?)"},
    {"5:6", "5", " rlimit_core=5:6", "6:5",
     "rlimit_core \"6:5\": the soft limit is above the hard one"},
    {"unlimited", "20", " rlimit_nofile=unlimited", "x", NULL},
};

static char told[600];

static void tell(void *arg, const struct place *at, enum conf_severity severity, const char *text)
{
    (void)arg, (void)at, (void)severity;
    ck_assert(text_fits(told, sizeof told, "%s", text));
}

static const struct conf_report report = {tell, NULL};

static struct wide *wide_new(void)
{
    struct wide *w = calloc(1, sizeof *w);

    ck_assert_ptr_nonnull(w);
    keys_init(&table, w);
    return w;
}

static void wide_free(struct wide *w)
{
    keys_drop(&table, w);
    free(w);
}

/* `value`, split at blanks, through the type's setter. */
static bool set(struct wide *w, const struct key *k, const char *value)
{
    struct conf c = {.report = &report};
    struct draft d = {.set = &w->set};
    struct word v[4] = {{.text = NULL}};
    char buffer[100], *rest = buffer;
    size_t n = 0;

    ck_assert(text_fits(buffer, sizeof buffer, "%s", value));
    for (char *word; n < COUNT(v) && (word = strtok_r(rest, " ", &rest)); n++)
        v[n] = (struct word){.text = word, .place = {"test", 1, 1}};
    const struct given g = {&c, &d, k, v, n, (char *)w + k->offset};
    bool good = conf_type(k->kind)->set(&g);
    d.set = NULL; /* w's */
    draft_free(&d);
    return good;
}

static const char *show(const struct wide *w, const struct key *k)
{
    static char line[200];
    struct text t;

    text_init(&t, line, sizeof line);
    conf_type(k->kind)->show(&t, k, (const char *)w + k->offset);
    return line;
}

/* `w`, which goes, through keys_put() and keys_get(). */
static struct wide *carried(struct wide *w)
{
    struct state_out o = {.at = NULL};
    struct state_in whole, r;
    struct state_part part;
    bool bad;
    struct wide *back = calloc(1, sizeof *back);

    ck_assert_ptr_nonnull(back);
    state_part(&o, "keys", true);
    state_record(&o);
    keys_put(&table, &o, w);
    wide_free(w);
    ck_assert_msg(state_end(&o), "a kind has no row for it");
    ck_assert_uint_eq(state_open(&whole, o.at, o.len, &bad), STATE_NUMBER);
    ck_assert(state_next_part(&whole, &part) && state_next_record(&part.records, &r));
    keys_get(&table, &r, back);
    ck_assert(!bad && r.at == r.end);
    state_free(&o);
    return back;
}

START_TEST(each_kind)
{
    const struct key *k = &rows[_i];
    struct wide *a = wide_new(), *b = wide_new(), *copy;

    ck_assert(keys_equal(&table, a, b));
    ck_assert(set(a, k, samples[_i].one));
    ck_assert_str_eq(show(a, k), samples[_i].shown);
    ck_assert_msg(!keys_equal(&table, a, b), "%s: not compared with the default", k->name);

    ck_assert(set(b, k, samples[_i].other));
    ck_assert_msg(!keys_equal(&table, a, b), "%s: not compared", k->name);
    ck_assert(set(b, k, samples[_i].one));
    ck_assert_msg(keys_equal(&table, a, b), "%s: not set anew", k->name);

    copy = calloc(1, sizeof *copy);
    ck_assert_ptr_nonnull(copy);
    ck_assert(keys_copy(&table, copy, a));
    ck_assert(keys_equal(&table, copy, b));
    wide_free(a); /* a copy owns what it has */
    ck_assert_str_eq(show(copy, k), samples[_i].shown);
    ck_assert(keys_equal(&table, copy, b));
    copy = carried(copy);
    ck_assert_msg(keys_equal(&table, copy, b), "%s: not carried to another process", k->name);
    ck_assert_str_eq(show(copy, k), samples[_i].shown);
    wide_free(copy);

    if (!samples[_i].bad) {
        wide_free(b);
        return;
    }
    ck_assert_msg(!set(b, k, samples[_i].bad), "%s: %s", k->name, samples[_i].bad);
    if (samples[_i].told)
        ck_assert_str_eq(told, samples[_i].told);
    ck_assert_msg(strcmp(show(b, k), samples[_i].shown) == 0, "%s: a bad value changed it",
                  k->name);
    wide_free(b);
}
END_TEST

/* Every kind that a key can have is among them, and has both halves. */
START_TEST(no_kind_without)
{
    for (unsigned kind = 0; kind < KINDS; kind++) {
        bool by_key =
                 kind != KIND_WHO && kind != KIND_UID && kind != KIND_GID && kind != KIND_COMPILED,
             here = false;

        ck_assert_uint_gt(kind_size(kind), 0);
        for (size_t i = 0; i < COUNT(rows); i++)
            here |= rows[i].kind == kind;
        ck_assert_msg(here == by_key, "kind %u has no sample", kind);
        ck_assert_int_eq(!conf_type(kind)->set, !by_key);
        ck_assert_int_eq(!conf_type(kind)->show, !by_key);
    }
    for (unsigned kind = KINDS; kind < CONF_KINDS; kind++)
        ck_assert(conf_type(kind)->set);
}
END_TEST

/* --- the keys there are ---------------------------------------------------------------------- */

/* What no row covers: counted, made when needed. */
static const struct {
    size_t from, to;
} bare[] = {
    {offsetof(struct settings, refs), offsetof(struct settings, refs) + sizeof(unsigned)},
    {offsetof(struct settings, environment),
     offsetof(struct settings, environment) + sizeof(char **)},
};

/* Mark all bytes of members, and those only: what is between them is the compiler's. */
static void mark_members(struct settings *set)
{
    memset(set, 0xff, sizeof *set);
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
    __builtin_clear_padding(set);
    return;
#endif
#endif
    /* This compiler cannot tell: then at least no gap is as large as what it is there for. */
    size_t gap = 0;
    unsigned char *bytes = (unsigned char *)set;
    for (size_t i = 0; i < sizeof *set; i++) {
        bool covered = false;
        for (size_t j = 0; j < settings_keys.count; j++) {
            const struct key *k = &settings_keys.rows[j];
            covered |= i >= k->offset && i < k->offset + kind_size(k->kind);
        }
        for (size_t j = 0; j < COUNT(bare); j++)
            covered |= i >= bare[j].from && i < bare[j].to;
        gap = covered ? 0 : gap + 1;
        if (!covered && gap < sizeof(void *))
            bytes[i] = 0;
    }
}

/* No member is forgotten by copy, comparison and end. */
START_TEST(every_member)
{
    union {
        struct settings set;
        unsigned char bytes[sizeof(struct settings)];
    } x;

    mark_members(&x.set);
    for (size_t i = 0; i < settings_keys.count; i++) {
        const struct key *k = &settings_keys.rows[i];
        ck_assert_uint_le(k->offset + kind_size(k->kind), sizeof x);
        memset(x.bytes + k->offset, 0, kind_size(k->kind));
    }
    for (size_t i = 0; i < COUNT(bare); i++)
        memset(x.bytes + bare[i].from, 0, bare[i].to - bare[i].from);
    for (size_t i = 0; i < sizeof x; i++)
        ck_assert_msg(x.bytes[i] == 0, "byte %zu of struct settings is in no row", i);
}
END_TEST

/* A row's member is its own, unless it stands beside the one that it shares with. */
START_TEST(no_member_twice)
{
    bool nameless = false;

    for (size_t i = 0; i < settings_keys.count; i++) {
        const struct key *k = &settings_keys.rows[i];
        ck_assert_ptr_nonnull(k->help);
        ck_assert_msg(k->name || i > 0, "rows without a name are the last");
        ck_assert(!k->name || !nameless);
        nameless |= !k->name;
        for (size_t j = 0; j < i; j++) {
            const struct key *o = &settings_keys.rows[j];
            bool apart = o->offset + kind_size(o->kind) <= k->offset ||
                         k->offset + kind_size(k->kind) <= o->offset;
            bool shared = o->offset == k->offset && settings_keys.rows[i - 1].offset == k->offset;
            ck_assert_msg(apart || shared, "%s and %s overlap", o->name, k->name);
        }
    }
}
END_TEST

START_TEST(there_is_room)
{
    size_t n = 0;

    while (conf_key_at(n))
        n++;
    ck_assert_uint_lt(n, CONF_KEYS); /* the one behind the last is looked at too */
}
END_TEST

/* A value of each key that is kept, which is not its default; what else its entry needs. */
static const struct {
    const char *name, *value, *rest;
} kept[] = {
    {"sndbuf", "4k", ""},
    {"recvbuf", "4k", ""},
    {"backlog", "7", ""},
    {"keepalive", "yes", ""},
    {"user_timeout", "7s", ""},
    {"defer", "7s", ""},
    {"nodelay", "yes", ""},
    {"freebind", "yes", ""},
    {"device", "lo", ""},
    {"reuseport", "yes", ""},
    {"tos", "8", ""},
    {"unix_mode", "0600", "unix"},
    {"accept_max", "7", ""},
    {"service_max", "7", ""},
    {"source_max", "7", ""},
    {"ip_max", "7", ""},
    {"source_prefix", "24/56", ""},
    {"proxy", "10.0.0.0/8", ""},
    {"proxy_timeout", "3s", ""},
    {"allow", "10.0.0.0/8", ""},
    {"deny", "10.0.0.0/8", ""},
    {"hosts_access", "yes", ""},
    {"timeout", "7s", ""},
    {"timeout_signal", "INT", ""},
    {"stderr_max", "7", ""},
    {"idle", "7s", ""},
    {"hangup", "yes", ""},
    {"end", "handler", ""},
    {"gate", "pow 7", ""},
    {"gate_timeout", "7s", ""},
    {"account", "yes", ""},
    {"linger", "7s", ""},
    {"env", "A=1", ""},
    {"pass_env", "LANG", ""},
    {"umask", "0027", ""},
    {"nice", "7", ""},
    {"directory", "/tmp", ""},
    {"chroot", "/tmp", ""},
    {"rlimit_*", "7", ""},
    {"stderr", "log", ""},
    {"stdout", "log", ""},
    {"handoff", "listen_fds", ""},
    {"log", "local0.notice", ""},
    {"sandbox", "basic", ""},
    {"require", "yes", ""},
    {"no_new_privs", "yes", ""},
    {"capabilities", "none", ""},
    {"private_keyring", "yes", ""},
    {"private_signals", "yes", ""},
    {"readable", "/usr", ""},
    {"writable", "/tmp", ""},
    {"executable", "/usr", ""},
    {"connect", "80", ""},
    {"bind_ports", "80", ""},
    {"system_calls", "!@mount", ""},
    {"root", "/", ""},
    {"bind_mount", "/usr", ""},
    {"private_tmp", "1m", ""},
    {"private_pids", "yes", ""},
    {"private_ipc", "yes", ""},
    {"private_network", "yes", ""},
    {"personality", "linux32", ""},
    {"selinux_label", "a", ""},
    {"apparmor_profile", "a", ""},
};

static const char *value_of(const char *name, bool *is_unix)
{
    for (size_t i = 0; i < COUNT(kept); i++) {
        size_t len = strcspn(kept[i].name, "*");
        if (strncmp(kept[i].name, name, len) == 0 && (kept[i].name[len] || !name[len])) {
            *is_unix = strcmp(kept[i].rest, "unix") == 0;
            return kept[i].value;
        }
    }
    return NULL;
}

static char lines[3][400];
static size_t nlines;

static void put(void *arg, const char *line)
{
    (void)arg;
    ck_assert_uint_lt(nlines, COUNT(lines));
    ck_assert(text_fits(lines[nlines++], sizeof lines[0], "%s", line));
}

/* Three entries, the one in the middle with the key: it is shown, alone, and shares nothing. */
START_TEST(each_key)
{
    const struct key *k = &settings_keys.rows[_i];
    bool is_unix = false;
    const char *value = k->name ? value_of(k->name, &is_unix) : NULL, *at = is_unix ? "/x" : "700";
    const char *rest = is_unix ? "protocol = unix" : "protocol = tcp4";
    char in[600], field[100];
    size_t errors = 0;

    if (!k->name)
        return;
    ck_assert_msg(value, "%s: this test has no value for it", k->name);
    if (strcmp(k->name, "hosts_access") == 0 && !strstr(DOORWARD_FEATURES, "libwrap: yes"))
        return;
    if (k->kind == KIND_RLIMIT && priv_rlimit_which(k->name + strlen("rlimit_")) < 0)
        return;
    struct ask *nobody = ask_offline();
    const struct conf_options opt = {.ask = nobody, .check_only = true};
    told[0] = '\0';
    ck_assert(text_fits(in, sizeof in,
                        "%s1 on %s, exec = /bin/sh, user = -;\n"
                        "%s2 on %s, exec = /bin/sh, user = -, %s = %s;\n"
                        "%s3 on %s, exec = /bin/sh, user = -;\n",
                        at, rest, at, rest, k->name, value, at, rest));
    struct table *t = conf_load_text("test.conf", in, strlen(in), &opt, &report, &errors);
    ck_assert_ptr_nonnull(t);
    ck_assert_msg(errors == 0, "%s: %s", k->name, told);
    const struct settings *a = t->services[0]->entry->settings;
    ck_assert_ptr_eq(a, t->services[2]->entry->settings);
    ck_assert_ptr_ne(a, t->services[1]->entry->settings);

    nlines = 0;
    ck_assert(conf_print(t, put, NULL));
    ck_assert(text_fits(field, sizeof field, " %s=", k->name));
    ck_assert_ptr_null(strstr(lines[0], field));
    ck_assert_msg(strstr(lines[1], field), "%s is not shown: %s", k->name, lines[1]);
    table_free(t);
    ask_free(nobody);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("keys");
    TCase *kinds = tcase_create("kinds"), *keys = tcase_create("keys");

    tcase_add_loop_test(kinds, each_kind, 0, (int)COUNT(rows));
    tcase_add_test(kinds, no_kind_without);
    suite_add_tcase(s, kinds);
    tcase_add_test(keys, every_member);
    tcase_add_test(keys, no_member_twice);
    tcase_add_test(keys, there_is_room);
    tcase_add_loop_test(keys, each_key, 0, (int)settings_keys.count);
    suite_add_tcase(s, keys);
    return s;
}

#include "check/main.h"
