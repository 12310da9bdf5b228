/* check/conf.c -- configurations to resolved tables and to problems */
#include "config.h"

#include "check/conf_cases.h"
#include "conf/ask.h"
#include "conf/keys.h"
#include "os/program.h"

#include <check.h>
#include <net/if.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* What conf says, one line each: problems as LINE:COLUMN: text, then the table. */
static char said[1 << 18];
static struct text saying;
static bool with_file;   /* name the file, without its folder, in front */
static bool any_program; /* do not tell what programs this machine has not */

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *line)
{
    const char *slash = strrchr(at->file, '/');

    (void)arg;
    if (strncmp(line, "only root can run", 17) == 0 && severity == CONF_WARNING)
        return; /* the tests run as both */
    if (any_program && severity == CONF_WARNING && strncmp(line, "program ", 8) == 0)
        return;
    if (with_file)
        text_add(&saying, "%s:", slash ? slash + 1 : at->file);
    text_add(&saying, "%u:%u: %s: %s\n", at->line, at->column,
             severity == CONF_ERROR ? "error" : "warning", line);
}

static void put(void *arg, const char *line)
{
    (void)arg;
    text_add(&saying, "%s\n", line);
}

static const struct conf_report report = {say, NULL};

/* Print and free. */
static const char *finish(struct table *t)
{
    ck_assert_ptr_nonnull(t);
    ck_assert(conf_print(t, put, NULL));
    table_free(t);
    ck_assert(!saying.cut);
    return said;
}

static const char *load_text(const char *in, const struct conf_options *opt)
{
    size_t errors = 0;

    text_init(&saying, said, sizeof said);
    return finish(conf_load_text("test.conf", in, strlen(in), opt, &report, &errors));
}

static const char *load(const char *in)
{
    return load_text(in, &(struct conf_options){.check_only = true});
}

/* --- the tables ------------------------------------------------------------------------------ */

/* `text` with the first `mark` in it replaced by `n` times `c`; to be freed. */
static char *expand(const char *text, const char *mark, char c, size_t n)
{
    const char *at = strstr(text, mark);
    char *out = malloc(strlen(text) + n + 1);

    ck_assert_ptr_nonnull(out);
    if (!at) {
        memcpy(out, text, strlen(text) + 1);
        return out;
    }
    memcpy(out, text, (size_t)(at - text));
    memset(out + (at - text), c, n);
    memcpy(out + (at - text) + n, at + strlen(mark), strlen(at + strlen(mark)) + 1);
    return out;
}

static char *expand_all(const char *text)
{
    char *with_long = expand(text, "@LONG@", 'y', 5000);
    char *out = expand(with_long, "@PATH@", 'a', 107);

    free(with_long);
    return out;
}

/* musl does not tell of which service it is another name. */
static bool is_alias(const char *other, const char *name)
{
    const struct servent *known = getservbyname(other, "tcp");
    return known && strcmp(known->s_name, name) == 0;
}

/* Does the case need what this machine, or this user, has not? */
static bool not_here(const struct conf_case *t)
{
    return (strstr(t->in, "%lo") && if_nametoindex("lo") == 0) ||
           (strncmp(t->in, "sink ", 5) == 0 && !is_alias("sink", "discard")) ||
           (strstr(t->out, "root runs doorward") && geteuid() != 0);
}

static void check_case(const struct conf_case *t)
{
    char *in = expand_all(t->in), *out = expand_all(t->out);

    if (!not_here(t))
        ck_assert_str_eq(load(in), out);
    free(in);
    free(out);
}

START_TEST(classic)
{
    check_case(&classic_cases[_i]);
}
END_TEST

START_TEST(bad)
{
    check_case(&bad_cases[_i]);
}
END_TEST

START_TEST(definition)
{
    check_case(&definition_cases[_i]);
}
END_TEST

START_TEST(bad_definition)
{
    check_case(&bad_definition_cases[_i]);
}
END_TEST

START_TEST(rpc)
{
#ifdef HAVE_TIRPC
    check_case(&rpc_cases[_i]);
#else
    ck_assert_ptr_nonnull(strstr(load(rpc_cases[_i].in), "error: "));
#endif
}
END_TEST

#ifndef HAVE_TIRPC
START_TEST(no_rpc)
{
    ck_assert_str_eq(load("100001/1 dgram rpc/udp wait root /bin/sh"),
                     "1:16: error: RPC is not supported in this build\n");
}
END_TEST
#endif

/* --- both forms ------------------------------------------------------------------------------ */

static const struct {
    const char *classic, *definition;
} twins[] = {
    {"7007 stream tcp nowait root /bin/sh",
     "7007 on socktype = stream, user = root, exec = /bin/sh;"},
    {"7007 stream tcp6 nowait nobody:daemon /bin/sh sh -u",
     "7007 on protocol = tcp6, user = nobody, group = daemon, exec = /bin/sh, args = sh -u;"},
    {"7007 dgram udp wait root /bin/sh", "7007 on protocol = udp, user = root, exec = /bin/sh;"},
    {"7007 dgram udp46 nowait root /bin/sh",
     "7007 on protocol = udp46, wait = no, user = root, exec = /bin/sh;"},
    {"7007 stream tcp wait root /bin/sh",
     "7007 on protocol = tcp, wait = yes, user = root, exec = /bin/sh;"},
    {"127.0.0.1,::1:7007 stream tcp nowait root /bin/sh",
     "7007 on bind = 127.0.0.1 ::1, protocol = tcp, user = root, exec = /bin/sh;"},
    {"7007 stream tcp nowait.5 root /bin/sh",
     "7007 on protocol = tcp, service_max = 5, user = root, exec = /bin/sh;"},
    {"7007 stream tcp nowait/10/20/5 root /bin/sh",
     "7007 on protocol = tcp, accept_max = 10, ip_max = 20/m, source_max = 5, user = root, "
     "exec = /bin/sh;"},
    {"7007 stream tcp,sndbuf=16k,rcvbuf=1m nowait root /bin/sh",
     "7007 on protocol = tcp, sndbuf = 16384, recvbuf = 1024k, user = root, exec = /bin/sh;"},
    {"echo stream tcp nowait nobody internal",
     "echo on protocol = tcp, user = nobody, builtin = echo;"},
    {"daytime dgram udp wait nobody internal", "daytime on protocol = udp, user = nobody;"},
    {"7007 stream tcp nowait root internal echo",
     "7007 on protocol = tcp, user = root, builtin = echo;"},
    {":root:daemon:600:/run/x stream unix nowait root /bin/sh",
     "/run/x on user = root, exec = /bin/sh, unix_user = root, unix_group = daemon, "
     "unix_mode = 600;"},
    {"/run/x dgram unix wait root /bin/sh",
     "/run/x on socktype = dgram, user = root, exec = /bin/sh;"},
    {"/run/x seqpacket unix nowait root /bin/sh",
     "/run/x on protocol = unix, socktype = seqpacket, user = root, exec = /bin/sh;"},
    {"tcpmux/+x stream tcp nowait root /bin/sh", "tcpmux/+x on user = root, exec = /bin/sh;"},
    {"7007 stream tcp nowait root /bin/sh sh -c 'echo \"a;b\", # c'",
     "7007 on protocol = tcp, user = root, exec = /bin/sh, args = sh -c 'echo \"a;b\", # c';"},
};

START_TEST(both_forms)
{
    char *first = strdup(load(twins[_i].classic));

    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first, "error"));
    ck_assert_str_ne(first, "");
    ck_assert_str_eq(load(twins[_i].definition), first);
    free(first);
}
END_TEST

/* --- the command line ------------------------------------------------------------------------ */

static const char sh4[] = "7007 stream tcp4 nowait root /bin/sh\n";

START_TEST(default_address)
{
    struct conf_options opt = {.bind = "127.0.0.9", .check_only = true};

    ck_assert_str_eq(load_text("7007 stream tcp nowait root /bin/sh", &opt),
                     "7007 stream tcp4 nowait root /bin/sh 127.0.0.9:7007\n");
    ck_assert_str_eq(load_text("127.0.0.1:\n*:\n7007 stream tcp nowait root /bin/sh\n", &opt),
                     "7007 stream tcp4 nowait root /bin/sh 127.0.0.9:7007\n");
    ck_assert_str_eq(load_text("*:7007 stream tcp4 nowait root /bin/sh", &opt),
                     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007\n");
    ck_assert_str_eq(load_text("7007 stream tcp6 nowait root /bin/sh", &opt),
                     "1:1: error: the default address \"127.0.0.9\" is IPv4, which protocol "
                     "\"tcp6\" does not take\n");
    opt.bind = "127.0.0";
    ck_assert_str_eq(load_text(sh4, &opt), "0:0: error: \"127.0.0\" is not an address\n");
}
END_TEST

START_TEST(default_settings)
{
    struct settings *set = settings_new();
    struct conf_options opt = {.defaults = set, .check_only = true};

    ck_assert_ptr_nonnull(set);
    set->limits.accept_max = 7;
    set->limits.source.rate = rate_make(4, 60 * NS_PER_S, 0);
    ck_assert_str_eq(load_text("7007 stream tcp4 nowait root /bin/sh\n"
                               "7008 stream tcp4 nowait/9 root /bin/sh\n"
                               ".defaults accept_max = 8;\n"
                               "7009 stream tcp4 nowait root /bin/sh\n"
                               "time dgram udp4 wait root internal\n",
                               &opt),
                     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 accept_max=7 ip_max=4\n"
                     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008 accept_max=9 ip_max=4\n"
                     "7009 stream tcp4 nowait root /bin/sh 0.0.0.0:7009 accept_max=8 ip_max=4\n"
                     "time dgram udp4 wait root internal:time 0.0.0.0:37 accept_max=8 ip_max=4\n");
    settings_unref(set);
}
END_TEST

#ifdef HAVE_LIBWRAP
START_TEST(hosts_access)
{
    struct conf_options opt = {.hosts_external = true, .check_only = true};
    static const char in[] = "7007 stream tcp4 nowait root /bin/sh\n"
                             "echo stream tcp4 nowait root internal\n"
                             "7008 on protocol = tcp4, user = root, exec = /bin/sh, "
                             "hosts_access = no;\n";

    ck_assert_str_eq(load_text(in, &opt),
                     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007 hosts_access=yes\n"
                     "echo stream tcp4 nowait root internal:echo 0.0.0.0:7\n"
                     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n");
    opt = (struct conf_options){.hosts_internal = true, .check_only = true};
    ck_assert_str_eq(load_text(in, &opt),
                     "7007 stream tcp4 nowait root /bin/sh 0.0.0.0:7007\n"
                     "echo stream tcp4 nowait root internal:echo 0.0.0.0:7 hosts_access=yes\n"
                     "7008 stream tcp4 nowait root /bin/sh 0.0.0.0:7008\n");
}
END_TEST
#else
START_TEST(hosts_access)
{
    ck_assert_str_eq(load("7008 on protocol = tcp4, user = root, exec = /bin/sh, "
                          "hosts_access = yes;"),
                     "1:1: error: hosts_access is not supported in this build\n");
}
END_TEST
#endif

/* What only root may do is an error when it is to be served, a warning when it is looked at. */
START_TEST(only_root)
{
    struct conf_options opt = {.check_only = false};
    const struct passwd *pw = getpwuid(geteuid());
    char expected[200];

    if (pw) /* the next look-up may take its place */
        (void)snprintf(expected, sizeof expected, "7007 stream tcp4 nowait %s", pw->pw_name);
    if (geteuid() == 0) {
        ck_assert_str_eq(load_text("7007 stream tcp4 nowait nobody /bin/sh", &opt),
                         "7007 stream tcp4 nowait nobody /bin/sh 0.0.0.0:7007\n");
    } else {
        ck_assert_str_eq(load_text("7007 stream tcp4 nowait root /bin/sh", &opt),
                         "1:25: error: only root can run handlers as user \"root\"\n");
        ck_assert_str_eq(load_text("echo dgram udp4 wait root internal", &opt),
                         "echo dgram udp4 wait root internal:echo 0.0.0.0:7 ip_max=600\n");
    }
    if (!pw)
        return;
    ck_assert_int_eq(
        strncmp(load_text("7007 stream tcp4 nowait - /bin/sh", &opt), expected, strlen(expected)),
        0);
}
END_TEST

/* A builtin that is no process needs no user. */
START_TEST(no_user)
{
    ck_assert_ptr_null(strstr(load("echo on protocol = udp; time on protocol = tcp;"), "error"));
}
END_TEST

START_TEST(offline)
{
    struct ask *nobody = ask_offline();
    struct conf_options opt = {.ask = nobody, .check_only = true};

    ck_assert_ptr_nonnull(nobody);
    ck_assert_str_eq(load_text("localhost:7007 stream tcp nowait root /bin/sh\n"
                               "smtp stream tcp nowait root /bin/sh\n"
                               ".include /etc/*\n",
                               &opt),
                     "1:1: error: host \"localhost\": Name or service not known\n"
                     "2:1: error: unknown service \"smtp\" for tcp: write a number, or add it to "
                     "/etc/services\n"
                     "3:10: error: \"/etc/*\" is not beside the file\n");
    ask_free(nobody);
}
END_TEST

/* --- names ----------------------------------------------------------------------------------- */

START_TEST(aliases)
{
    char expected[200];
    const struct servent *se = getservbyname("mail", "tcp");

    if (!se)
        return; /* no such alias here */
    (void)snprintf(expected, sizeof expected, "mail stream tcp4 nowait root /bin/sh 0.0.0.0:%u\n",
                   (unsigned)ntohs((uint16_t)se->s_port));
    ck_assert_str_eq(load("mail stream tcp4 nowait root /bin/sh"), expected);
}
END_TEST

START_TEST(unknown_host)
{
    static const char expected[] = "1:1: error: host \"no-such-host.invalid\": ";

    ck_assert_int_eq(strncmp(load("no-such-host.invalid:7007 stream tcp nowait root /bin/sh"),
                             expected, strlen(expected)),
                     0);
}
END_TEST

/* --- many ------------------------------------------------------------------------------------ */

/* Neighbours that say the same share their settings; the others do not. */
START_TEST(sharing)
{
    static const char in[] = "7007 stream tcp4 nowait/5 root /bin/sh\n"
                             "7008 on protocol = tcp4, accept_max = 5, user = root, "
                             "exec = /bin/cat;\n"
                             "7009 stream tcp4 nowait/6 root /bin/sh\n"
                             "7010 stream tcp4 nowait/5 root /bin/sh\n";
    struct conf_options opt = {.check_only = true};
    size_t errors = 1;
    struct table *t;

    text_init(&saying, said, sizeof said);
    t = conf_load_text("test.conf", in, strlen(in), &opt, &report, &errors);
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(errors, 0);
    ck_assert_uint_eq(t->count, 4);
    ck_assert_ptr_eq(t->services[0]->entry->settings, t->services[1]->entry->settings);
    ck_assert_ptr_eq(t->services[0]->entry->settings, t->services[3]->entry->settings);
    ck_assert_ptr_ne(t->services[0]->entry->settings, t->services[2]->entry->settings);
    ck_assert_uint_eq(t->services[0]->entry->settings->refs, 3);
    ck_assert_uint_eq(t->services[2]->entry->line, 3);
    ck_assert_uint_eq(t->services[2]->entry->column, 1);
    ck_assert_str_eq(t->services[2]->entry->file, "test.conf");
    table_free(t);
}
END_TEST

START_TEST(ten_thousand)
{
    enum { MANY = 10000, ROOM = 64 };
    char *in = malloc((size_t)MANY * ROOM);
    struct conf_options opt = {.check_only = true};
    size_t errors = 1, len = 0;
    struct table *t;

    ck_assert_ptr_nonnull(in);
    for (int i = 0; i < MANY; i++)
        len += (size_t)snprintf(in + len, ROOM, "%d stream tcp nowait.100 nobody /bin/sh sh\n",
                                i + 10000);
    t = conf_load_text("test.conf", in, len, &opt, &report, &errors);
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(errors, 0);
    ck_assert_uint_eq(t->count, MANY);
    ck_assert_uint_eq(t->services[0]->entry->settings->refs, MANY);
    table_free(t);
    free(in);
}
END_TEST

/* Every key has a line for the manual, and a misspelt one leads to it. */
START_TEST(keys)
{
    const struct key *k;

    for (size_t i = 0; (k = conf_key_at(i)); i++) {
        char in[100], expected[100];
        ck_assert_ptr_nonnull(k->help);
        ck_assert_ptr_eq(conf_key_find(k->name), k);
        (void)snprintf(in, sizeof in, "7007 on %sx = 1;", k->name);
        (void)snprintf(expected, sizeof expected,
                       "1:9: error: unknown key \"%sx\" (did you mean \"%s\"?)\n", k->name,
                       k->name);
        if (strcmp(k->name, "group") != 0) /* "groupx" is as near to groups */
            ck_assert_str_eq(load(in), expected);
    }
}
END_TEST

/* A program without a path leads to the one that there is, or to BusyBox's. */
START_TEST(no_path)
{
    ck_assert_ptr_nonnull(strstr(load("7007 stream tcp4 nowait root cat cat"),
                                 "program \"cat\" is not an absolute path: write \"/"));
    ck_assert_ptr_nonnull(strstr(said, "bin/cat\"\n"));
    if (program_has_word("/bin/busybox", "udhcpc6"))
        ck_assert_str_eq(load("7007 stream tcp4 nowait root udhcpc6 udhcpc6"),
                         "1:30: error: program \"udhcpc6\" is not an absolute path: write "
                         "\"/bin/busybox udhcpc6\"\n");
}
END_TEST

/* What others call a thing leads to a key that there is. */
START_TEST(habits)
{
    static const char *const words[] = {
        "instances",      "max_clients",     "per_source",     "cps",
        "server",         "server_args",     "only_from",      "passenv",
        "MaxConnections", "ExecStart",       "maxconnections", "SocketMode",
        "RootDirectory",  "PassEnvironment", "type",           "id",
        "DeferAcceptSec", "KillSignal",      "RuntimeMaxSec",  "IPAddressDeny"};

    for (int i = 0; i < COUNT(words); i++) {
        char in[100], key[50] = "";
        (void)snprintf(in, sizeof in, "7007 on %s = 1;", words[i]);
        const char *at = strstr(load(in), "that is \"");
        ck_assert_msg(at && sscanf(at, "that is \"%49[a-z_]\" here", key) == 1, "%s: %s", in, said);
        ck_assert_msg(conf_key_find(key), "%s is called %s, which is none", words[i], key);
    }
}
END_TEST

/* --- files ---------------------------------------------------------------------------------- */

static char folder[64];

static void make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/check_conf.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    text_init(&saying, said, sizeof said);
    with_file = true;
}

static void remove_folder(void)
{
    char command[100];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    with_file = false;
}

static const char *inside(const char *name)
{
    static char path[200];

    (void)snprintf(path, sizeof path, "%s%s%s", folder, *name != '\0' ? "/" : "", name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(inside(name), "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

/* A service on `port`, and its line of the table. */
static void write_service(const char *name, int port)
{
    char line[100];

    (void)snprintf(line, sizeof line, "%d stream tcp4 nowait root /bin/sh\n", port);
    write_file(name, line);
}
#define SERVED(port) port " stream tcp4 nowait root /bin/sh 0.0.0.0:" port "\n"

static const char *load_path(const char *name, size_t expected_errors)
{
    struct conf_options opt = {.check_only = true};
    const char *path = inside(name);
    size_t errors = 99;
    struct table *t;

    text_init(&saying, said, sizeof said);
    t = conf_load(&path, 1, &opt, &report, &errors);
    (void)finish(t);
    ck_assert_uint_eq(errors, expected_errors);
    return said;
}

START_TEST(folders)
{
    write_service("20-b", 7002);
    write_service("10-a.conf", 7001);
    write_service("9-last", 7009);
    write_service(".hidden", 7099);
    write_service("a~", 7099);
    write_service("a.bak", 7099);
    write_service("a.dpkg-old", 7099);
    write_service("a.dpkg-dist", 7099);
    write_service("a.rpmnew", 7099);
    write_service("a.rpmsave", 7099);
    ck_assert_int_eq(mkdir(inside("sub"), 0700), 0);
    write_service("sub/x", 7099);
    ck_assert_int_eq(mkfifo(inside("fifo"), 0600), 0);
    ck_assert_str_eq(load_path("", 0), SERVED("7001") SERVED("7002") SERVED("7009"));
    ck_assert_str_eq(load_path("sub", 0), SERVED("7099"));
}
END_TEST

START_TEST(missing)
{
    ck_assert_str_eq(load_path("none", 1), "none:0:0: error: No such file or directory\n");
    write_service("file", 7001);
    ck_assert_str_eq(load_path("file/x", 1), "x:0:0: error: Not a directory\n");
    if (geteuid() != 0) {
        ck_assert_int_eq(chmod(inside("file"), 0), 0);
        ck_assert_str_eq(load_path("file", 1), "file:0:0: error: Permission denied\n");
    }
}
END_TEST

START_TEST(several_files)
{
    char first[200], second[200];
    const char *const paths[] = {first, second};
    struct conf_options opt = {.check_only = true};
    size_t errors = 99;

    write_file("a", "127.0.0.1:\n.defaults accept_max = 3;\n"
                    "7001 stream tcp4 nowait root /bin/sh\n");
    write_file("b", "7002 stream tcp4 nowait root /bin/sh\n127.0.0.1:7001 stream tcp nowait root "
                    "/bin/cat\n");
    (void)snprintf(first, sizeof first, "%s", inside("a"));
    (void)snprintf(second, sizeof second, "%s", inside("b"));
    /* Nothing of one file leaks into the next, and the later entry wins over files too. */
    text_init(&saying, said, sizeof said);
    (void)finish(conf_load(paths, 2, &opt, &report, &errors));
    ck_assert_ptr_nonnull(strstr(said, "a:3:1: warning: \"7001\" (tcp4, 127.0.0.1:7001) is served "
                                       "by the later entry at /"));
    ck_assert_ptr_nonnull(strstr(said, "/b:2\n" SERVED("7002") "7001 stream tcp4 nowait root "
                                                               "/bin/cat 127.0.0.1:7001\n"));
    ck_assert_uint_eq(errors, 0);
}
END_TEST

START_TEST(includes)
{
    ck_assert_int_eq(mkdir(inside("d"), 0700), 0);
    ck_assert_int_eq(mkdir(inside("d/sub.conf"), 0700), 0);
    write_service("d/2.conf", 7002);
    write_service("d/1.conf", 7001);
    write_service("d/3.other", 7003);
    write_file("main", "7000 stream tcp4 nowait root /bin/sh\n.include d/*.conf\n"
                       ".include d/3.other;\n.include \"none/*\" ;\n"
                       "7004 stream tcp4 nowait root /bin/sh\n");
    ck_assert_str_eq(load_path("main", 0),
                     SERVED("7000") SERVED("7001") SERVED("7002") SERVED("7003") SERVED("7004"));
}
END_TEST

/* A file's defaults go to its includes, and theirs not back. */
START_TEST(include_defaults)
{
    write_file("main", "127.0.0.1:\n.defaults accept_max = 3;\n.include sub\n"
                       "7003 stream tcp4 nowait root /bin/sh\n");
    write_file("sub", "7001 stream tcp4 nowait root /bin/sh\n127.0.0.2:\n"
                      ".defaults accept_max = 4;\n7002 stream tcp4 nowait root /bin/sh\n");
    ck_assert_str_eq(load_path("main", 0),
                     "7001 stream tcp4 nowait root /bin/sh 127.0.0.1:7001 accept_max=3\n"
                     "7002 stream tcp4 nowait root /bin/sh 127.0.0.2:7002 accept_max=4\n"
                     "7003 stream tcp4 nowait root /bin/sh 127.0.0.1:7003 accept_max=3\n");
}
END_TEST

START_TEST(include_cycles)
{
    write_file("a", ".include b\n7001 stream tcp4 nowait root /bin/sh\n");
    write_file("b", "7002 stream tcp4 nowait root /bin/sh\n.include a\n.include ./b\n.include a\n");
    (void)load_path("a", 3);
    ck_assert_ptr_nonnull(strstr(said, "b:2:10: error: \""));
    ck_assert_ptr_nonnull(strstr(said, "/./b\" includes itself\nb:4:10: error: \""));
    ck_assert_ptr_nonnull(strstr(said, "/a\" includes itself\n" SERVED("7002") SERVED("7001")));
    /* The same file twice, not inside itself, is no cycle. */
    write_file("c", ".include d\n.include d\n");
    write_service("d", 7001);
    (void)load_path("c", 0);
    ck_assert_ptr_nonnull(strstr(said, "d:1:1: warning: \"7001\""));
}
END_TEST

START_TEST(include_depth)
{
    char name[8], text[100];

    for (int i = 0; i <= 17; i++) {
        (void)snprintf(name, sizeof name, "f%d", i);
        (void)snprintf(text, sizeof text, ".include f%d\n%d stream tcp4 nowait root /bin/sh\n",
                       i + 1, 7100 + i);
        write_file(name, text);
    }
    (void)load_path("f0", 1);
    ck_assert_ptr_nonnull(strstr(said, "f16:1:10: error: \""));
    ck_assert_ptr_nonnull(strstr(said, "/f17\" is included more than 16 deep\n" SERVED("7116")));
}
END_TEST

START_TEST(include_unreadable)
{
    write_service("x", 7001);
    ck_assert_int_eq(chmod(inside("x"), 0), 0);
    write_file("main", ".include x\n.include none\n7002 stream tcp4 nowait root /bin/sh\n");
    (void)load_path("main", geteuid() == 0 ? 1 : 2);
    if (geteuid() != 0)
        ck_assert_ptr_nonnull(strstr(said, "/x\": Permission denied\n"));
    ck_assert_ptr_nonnull(strstr(said, "main:2:10: error: \"none\" is not there\n"));
    ck_assert_ptr_nonnull(strstr(said, SERVED("7002")));
}
END_TEST

/* --- dialects -------------------------------------------------------------------------------- */

/* Each system's file gives its table; what those of the second row have of their own gives errors,
 * which stand before it. */
enum { DIALECTS = 10, WITHOUT_ERRORS = 6 };
START_TEST(dialects)
{
    static const char *const names[DIALECTS] = {"debian", "gnu",     "freebsd", "openbsd",
                                                "netbsd", "busybox", "solaris", "hpux",
                                                "aix",    "irix"};
    const char *top = getenv("abs_top_srcdir");
    char path[4096], expected[1 << 14];
    const char *const paths[] = {path};
    struct conf_options opt = {.check_only = true};
    size_t errors = 99, len;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/tests/corpus/dialects/%s.table", top ? top : ".",
                   names[_i]);
    f = fopen(path, "r");
    ck_assert_msg(f, "%s", path);
    len = fread(expected, 1, sizeof expected - 1, f);
    expected[len] = '\0';
    ck_assert_int_eq(fclose(f), 0);
#ifndef HAVE_TIRPC
    if (strstr(expected, " rpc/"))
        return;
#endif
    (void)snprintf(path, sizeof path, "%s/tests/corpus/dialects/%s.conf", top ? top : ".",
                   names[_i]);
    text_init(&saying, said, sizeof said);
    with_file = any_program = true;
    (void)finish(conf_load(paths, 1, &opt, &report, &errors));
    with_file = any_program = false;
    ck_assert_str_eq(said, expected);
    ck_assert_int_eq(errors == 0, _i < WITHOUT_ERRORS);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("conf");
    TCase *tables = tcase_create("tables"), *other = tcase_create("other");
    TCase *files = tcase_create("files");

    tcase_add_loop_test(tables, classic, 0, COUNT(classic_cases));
    tcase_add_loop_test(tables, bad, 0, COUNT(bad_cases));
    tcase_add_loop_test(tables, definition, 0, COUNT(definition_cases));
    tcase_add_loop_test(tables, bad_definition, 0, COUNT(bad_definition_cases));
    tcase_add_loop_test(tables, rpc, 0, COUNT(rpc_cases));
#ifndef HAVE_TIRPC
    tcase_add_test(tables, no_rpc);
#endif
    tcase_add_loop_test(tables, both_forms, 0, COUNT(twins));
    tcase_add_loop_test(tables, dialects, 0, DIALECTS);
    suite_add_tcase(s, tables);
    tcase_add_test(other, no_path);
    tcase_add_test(other, habits);
    tcase_add_test(other, default_address);
    tcase_add_test(other, default_settings);
    tcase_add_test(other, hosts_access);
    tcase_add_test(other, only_root);
    tcase_add_test(other, no_user);
    tcase_add_test(other, offline);
    tcase_add_test(other, aliases);
    tcase_add_test(other, unknown_host);
    tcase_add_test(other, sharing);
    tcase_add_test(other, ten_thousand);
    tcase_add_test(other, keys);
    tcase_set_timeout(other, 60);
    suite_add_tcase(s, other);
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, folders);
    tcase_add_test(files, missing);
    tcase_add_test(files, several_files);
    tcase_add_test(files, includes);
    tcase_add_test(files, include_defaults);
    tcase_add_test(files, include_cycles);
    tcase_add_test(files, include_depth);
    tcase_add_test(files, include_unreadable);
    suite_add_tcase(s, files);
    return s;
}

#include "check/main.h"
