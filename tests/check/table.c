/* check/table.c -- one owner for each endpoint, and what a reload keeps */
#include "config.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

#include "check/chance.h"
#include "check/given.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* What was told meanwhile, and what a table looks like. */
static char told_room[4096], shown_room[4096];
static struct text told, shown;

static void begin(void)
{
    usual = settings_new();
    ck_assert_ptr_nonnull(usual);
    text_init(&told, told_room, sizeof told_room);
}

static void end(void)
{
    settings_unref(usual);
}

/* "a 4 0.0.0.0:7, 6 [::]:7; b ..." */
static const char *show(const struct table *t)
{
    static const char modes[] = {
        [MODE_V4] = '4', [MODE_V6ONLY] = '6', [MODE_DUAL] = 'd', [MODE_UNIX] = 'u'};
    char at[ADDR_TEXT];
    text_init(&shown, shown_room, sizeof shown_room);
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        text_add(&shown, "%s%s", i > 0 ? "; " : "", s->entry->name);
        for (size_t j = 0; j < s->nlisteners; j++)
            text_add(&shown, "%s %c %s", j > 0 ? "," : "", modes[service_listeners(s)[j]->mode],
                     listener_address(service_listeners(s)[j], at));
    }
    return shown_room;
}

/* --- settle ---------------------------------------------------------------------------------- */

static void lost(void *arg, const struct service *loser, const struct service *winner,
                 const char *at)
{
    ck_assert_ptr_eq(arg, &told);
    text_add(&told, "%s%s to %s at %s", told_room[0] ? "; " : "", loser->entry->name,
             winner->entry->name, at);
}

static const struct {
    const char *what;
    struct given given[MOST];
    const char *left, *told;
} settled[] = {
    {"each its own",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:9"}}, {"c", {"6 :::7"}}, {"d", {"4 127.0.0.1:7"}}},
     "a 4 0.0.0.0:7; b 4 0.0.0.0:9; c 6 [::]:7; d 4 127.0.0.1:7",
     ""},
    {"udp is not tcp",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"U4 0.0.0.0:7"}}},
     "a 4 0.0.0.0:7; b 4 0.0.0.0:7",
     ""},
    {"the later serves",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:7"}}},
     "b 4 0.0.0.0:7",
     "a to b at 0.0.0.0:7"},
    {"the last of three serves",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:7"}}, {"c", {"4 0.0.0.0:7"}}},
     "c 4 0.0.0.0:7",
     "a to b at 0.0.0.0:7; b to c at 0.0.0.0:7"},
    {"plain yields a family that is named",
     {{"a", {"s4 0.0.0.0:7", "s6 :::7"}}, {"b", {"4 0.0.0.0:7"}}},
     "a 6 [::]:7; b 4 0.0.0.0:7",
     ""},
    {"plain yields, also when it comes later",
     {{"b", {"6 :::7"}}, {"a", {"s4 0.0.0.0:7", "s6 :::7"}}},
     "b 6 [::]:7; a 4 0.0.0.0:7",
     ""},
    {"plain yields both, and goes: that is told",
     {{"a", {"s4 0.0.0.0:7", "s6 :::7"}}, {"b", {"4 0.0.0.0:7"}}, {"c", {"6 :::7"}}},
     "b 4 0.0.0.0:7; c 6 [::]:7",
     "a to b at 0.0.0.0:7; a to c at [::]:7"},
    {"plain and plain: the later serves",
     {{"a", {"s4 0.0.0.0:7", "s6 :::7"}}, {"b", {"s4 0.0.0.0:7", "s6 :::7"}}},
     "b 4 0.0.0.0:7, 6 [::]:7",
     "a to b at 0.0.0.0:7; a to b at [::]:7"},
    {"of a dual one the named family goes: 6",
     {{"a", {"d :::7"}}, {"b", {"6 :::7"}}},
     "a 4 0.0.0.0:7; b 6 [::]:7",
     "a to b at [::]:7"},
    {"of a dual one the named family goes: 4",
     {{"a", {"d :::7"}}, {"b", {"4 0.0.0.0:7"}}},
     "a 6 [::]:7; b 4 0.0.0.0:7",
     "a to b at 0.0.0.0:7"},
    {"the same the other way round",
     {{"b", {"4 0.0.0.0:7"}}, {"a", {"d :::7"}}},
     "b 4 0.0.0.0:7; a 6 [::]:7",
     "a to b at 0.0.0.0:7"},
    {"a dual one between two loses all",
     {{"b", {"4 0.0.0.0:7"}}, {"a", {"d :::7"}}, {"c", {"6 :::7"}}},
     "b 4 0.0.0.0:7; c 6 [::]:7",
     "a to b at 0.0.0.0:7; a to c at [::]:7"},
    {"a dual one takes plain's families",
     {{"a", {"s4 0.0.0.0:7", "s6 :::7"}}, {"b", {"d :::7"}}},
     "b d [::]:7",
     "a to b at [::]:7; a to b at [::]:7"},
    {"dual and dual: the later serves",
     {{"a", {"d :::7"}}, {"b", {"d :::7"}}},
     "b d [::]:7",
     "a to b at [::]:7"},
    {"of three dual ones the last serves",
     {{"a", {"d :::7"}}, {"b", {"d :::7"}}, {"c", {"d :::7"}}},
     "c d [::]:7",
     "a to b at [::]:7; b to c at [::]:7"},
    {"what a named family has left of a dual one goes to the later dual one",
     {{"a", {"d :::7"}}, {"b", {"4 0.0.0.0:7"}}, {"c", {"d :::7"}}},
     "b 4 0.0.0.0:7; c 6 [::]:7",
     "a to b at 0.0.0.0:7; a to c at [::]:7; c to b at 0.0.0.0:7"},
    {"and the other family",
     {{"a", {"d :::7"}}, {"b", {"6 :::7"}}, {"c", {"d :::7"}}},
     "b 6 [::]:7; c 4 0.0.0.0:7",
     "a to b at [::]:7; c to b at [::]:7; a to c at 0.0.0.0:7"},
    {"the same socket twice in one entry is nobody's loss",
     {{"a", {"4 0.0.0.0:7", "4 0.0.0.0:7"}}},
     "a 4 0.0.0.0:7",
     ""},
    {"unix: by path",
     {{"/a", {"u"}}, {"/b", {"u"}}, {"/a", {"u"}}},
     "/b u /b; /a u /a",
     "/a to /a at /a"},
    {"tcpmux: by name, in any case",
     {{"tcpmux/x", {0}}, {"tcpmux/y", {0}}, {"tcpmux/X", {0}}},
     "tcpmux/y; tcpmux/X",
     "tcpmux/x to tcpmux/X at tcpmux/x"},
};

START_TEST(settles)
{
    struct table *t = table_of(settled[_i].given);
    ck_assert(table_settle(t, lost, &told));
    ck_assert_msg(strcmp(show(t), settled[_i].left) == 0, "%s: %s", settled[_i].what, shown_room);
    ck_assert_msg(strcmp(told_room, settled[_i].told) == 0, "%s: %s", settled[_i].what, told_room);
    table_free(t);
}
END_TEST

/* --- replace --------------------------------------------------------------------------------- */

static bool handlers_run; /* so who goes stays in the table */

static void closing(void *arg, struct listener *l)
{
    char at[ADDR_TEXT];
    ck_assert_ptr_eq(arg, &told);
    text_add(&told, " -%s", listener_address(l, at));
}

static bool gone(void *arg, struct service *s)
{
    ck_assert_ptr_eq(arg, &told);
    text_add(&told, " gone:%s", s->entry->name);
    return handlers_run;
}

/* The sockets of `t` are open: 100, 101, ... in their order; its services are 1, 2, ... */
static void open_all(struct table *t)
{
    int fd = 100;
    for (size_t i = 0; i < t->count; i++) {
        t->services[i]->id = (uint32_t)i + 1;
        t->services[i]->running = 1;
        for (size_t j = 0; j < t->services[i]->nlisteners; j++)
            service_listeners(t->services[i])[j]->watch.fd = fd++;
    }
}

/* "a#1 kept 100,101; ...": who goes on as whom, with which sockets; a new one has #0. */
static const char *show_marks(const struct table *t)
{
    static const char *const marks[] = {[MARK_NONE] = "none",
                                        [MARK_KEPT] = "kept",
                                        [MARK_CHANGED] = "changed",
                                        [MARK_NEW] = "new",
                                        [MARK_GONE] = "gone"};
    text_init(&shown, shown_room, sizeof shown_room);
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        text_add(&shown, "%s%s#%u %s", i > 0 ? "; " : "", s->entry->name,
                 s->running ? (unsigned)s->id : 0, marks[s->mark]);
        for (size_t j = 0; j < s->nlisteners; j++)
            text_add(&shown, "%c%d", j > 0 ? ',' : ' ', service_listeners(s)[j]->watch.fd);
    }
    return shown_room;
}

static const struct {
    const char *what;
    struct given live[MOST], fresh[MOST];
    struct {
        size_t kept, added, changed, removed;
    } change;
    const char *now, *told;
} replaced[] = {
    {"nothing",
     {{"a", {"4 0.0.0.0:7", "6 :::7"}}, {"b", {"4 0.0.0.0:9"}}},
     {{"a", {"4 0.0.0.0:7", "6 :::7"}}, {"b", {"4 0.0.0.0:9"}}},
     {2, 0, 0, 0},
     "a#1 kept 100,101; b#2 kept 102",
     ""},
    {"the order",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:9"}}},
     {{"b", {"4 0.0.0.0:9"}}, {"a", {"4 0.0.0.0:7"}}},
     {2, 0, 0, 0},
     "b#2 kept 101; a#1 kept 100",
     ""},
    {"the program",
     {{"a", {"4 0.0.0.0:7"}}},
     {{"a!", {"4 0.0.0.0:7"}}},
     {0, 0, 1, 0},
     "a#1 changed 100",
     ""},
    {"wait",
     {{"a", {"4 0.0.0.0:7"}}},
     {{"a?", {"4 0.0.0.0:7"}}},
     {0, 0, 1, 0},
     "a#1 changed 100",
     ""},
    {"one socket instead of another",
     {{"a", {"4 0.0.0.0:7", "4 0.0.0.0:9"}}},
     {{"a", {"4 0.0.0.0:7", "4 0.0.0.0:13"}}},
     {0, 0, 1, 0},
     "a#1 changed 100,-1",
     " -0.0.0.0:9"},
    {"one more, one less",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:9"}}},
     {{"b", {"4 0.0.0.0:9"}}, {"c", {"4 0.0.0.0:13"}}},
     {1, 1, 0, 1},
     "b#2 kept 101; c#0 new -1",
     " -0.0.0.0:7 gone:a"},
    {"another name at the same socket",
     {{"a", {"4 0.0.0.0:7"}}},
     {{"b", {"4 0.0.0.0:7"}}},
     {0, 0, 1, 0},
     "b#1 changed 100",
     ""},
    {"the same name at another address",
     {{"a", {"4 0.0.0.0:7"}}},
     {{"a", {"4 127.0.0.1:7"}}},
     {0, 0, 1, 0},
     "a#1 changed -1",
     " -0.0.0.0:7"},
    {"names that change places: who has the socket goes on",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:9"}}},
     {{"a", {"4 0.0.0.0:9"}}, {"b", {"4 0.0.0.0:7"}}},
     {0, 0, 2, 0},
     "a#2 changed 101; b#1 changed 100",
     ""},
    {"a socket more, a socket less",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:9", "6 :::9"}}},
     {{"a", {"4 0.0.0.0:7", "6 :::7"}}, {"b", {"6 :::9"}}},
     {0, 0, 2, 0},
     "a#1 changed 100,-1; b#2 changed 102",
     " -0.0.0.0:9"},
    {"one becomes two: the first is the heir",
     {{"a", {"4 0.0.0.0:7", "6 :::7"}}},
     {{"b", {"6 :::7"}}, {"c", {"4 0.0.0.0:7"}}},
     {0, 1, 1, 0},
     "b#1 changed 101; c#0 new 100",
     ""},
    {"two become one: the other one goes, its socket stays",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"6 :::7"}}},
     {{"c", {"4 0.0.0.0:7", "6 :::7"}}},
     {0, 0, 1, 1},
     "c#1 changed 100,101",
     " gone:b"},
    {"the socket goes before the name",
     {{"a", {"4 0.0.0.0:7"}}, {"b", {"4 0.0.0.0:9"}}},
     {{"a", {"4 0.0.0.0:13"}}, {"c", {"4 0.0.0.0:7"}}},
     {0, 1, 1, 1},
     "a#0 new -1; c#1 changed 100",
     " -0.0.0.0:9 gone:b"},
    {"another kind of socket at the same port",
     {{"a", {"d :::7"}}},
     {{"a", {"6 :::7"}}},
     {0, 0, 1, 0},
     "a#1 changed -1",
     " -[::]:7"},
    {"another protocol",
     {{"a", {"4 0.0.0.0:7"}}},
     {{"a", {"U4 0.0.0.0:7"}}},
     {0, 1, 0, 1},
     "a#0 new -1",
     " -0.0.0.0:7 gone:a"},
    {"tcpmux goes by its name",
     {{"tcpmux/x", {0}}, {"tcpmux/y", {0}}},
     {{"tcpmux/y", {0}}, {"tcpmux/z", {0}}},
     {1, 1, 0, 1},
     "tcpmux/y#2 kept; tcpmux/z#0 new",
     " gone:tcpmux/x"},
    {"all of it",
     {{"a", {"4 0.0.0.0:7"}}, {"/b", {"u"}}},
     {{0}},
     {0, 0, 0, 2},
     "",
     " -0.0.0.0:7 -/b gone:a gone:/b"},
};

START_TEST(replaces)
{
    struct table *live = table_of(replaced[_i].live), *fresh = table_of(replaced[_i].fresh);
    struct table_change change;
    open_all(live);
    ck_assert(table_replace(live, fresh, &change, closing, gone, &told));
    ck_assert_msg(strcmp(show_marks(live), replaced[_i].now) == 0, "%s: %s", replaced[_i].what,
                  shown_room);
    ck_assert_msg(strcmp(told_room, replaced[_i].told) == 0, "%s: %s", replaced[_i].what,
                  told_room);
    ck_assert_uint_eq(change.kept, replaced[_i].change.kept);
    ck_assert_uint_eq(change.added, replaced[_i].change.added);
    ck_assert_uint_eq(change.changed, replaced[_i].change.changed);
    ck_assert_uint_eq(change.removed, replaced[_i].change.removed);
    table_free(live);
}
END_TEST

/* A socket that stays is of plain tcp, or not, as the new entry says. */
START_TEST(plain_or_not)
{
    const struct given plain[MOST] = {{"a", {"s4 0.0.0.0:7"}}},
                       named[MOST] = {{"a", {"4 0.0.0.0:7"}}};
    struct table *live = table_of(plain);
    struct table_change change;
    open_all(live);
    ck_assert(table_replace(live, table_of(named), &change, closing, gone, &told));
    ck_assert_str_eq(show_marks(live), "a#1 kept 100");
    ck_assert_str_eq(service_proto_name(live->services[0]), "tcp4");
    table_free(live);
}
END_TEST

/* Who goes with handlers at work waits, without sockets, for its name. */
START_TEST(comes_back)
{
    const struct given a[MOST] = {{"a", {"4 0.0.0.0:7"}}}, b[MOST] = {{"b", {"4 0.0.0.0:9"}}};
    struct table *live = table_of(a);
    struct table_change change;
    open_all(live);
    handlers_run = true;
    ck_assert(table_replace(live, table_of(b), &change, closing, gone, &told));
    ck_assert_str_eq(show_marks(live), "b#0 new -1; a#1 gone");
    ck_assert_uint_eq(change.removed, 1);
    ck_assert_str_eq(change.removed_names.at, "a");
    ck_assert(table_replace(live, table_of(b), &change, closing, gone, &told));
    ck_assert_str_eq(show_marks(live), "b#0 kept -1; a#1 gone");
    ck_assert_uint_eq(change.removed, 0); /* it was told already */
    ck_assert(table_replace(live, table_of(a), &change, closing, gone, &told));
    ck_assert_str_eq(show_marks(live), "a#1 changed -1; b#0 gone");
    table_forget(live, live->services[1]);
    ck_assert_str_eq(show_marks(live), "a#1 changed -1");
    table_free(live);
}
END_TEST

/* --- at random: what holds for all of them ---------------------------------------------------- */

static struct table *some_table(void)
{
    static const char *const names[] = {"a", "b", "c", "d", "a!", "b!"};
    static const char *const at[] = {"s4 0.0.0.0:7", "s6 :::7", "4 0.0.0.0:7",   "6 :::7",
                                     "d :::7",       "d :::9",  "4 127.0.0.1:7", "4 0.0.0.0:9"};
    struct given given[MOST] = {{0}};
    size_t n = (size_t)chance(MOST + 1);
    for (size_t i = 0; i < n; i++) {
        given[i].name = names[chance(COUNT(names))];
        given[i].at[0] = chance(4) ? at[chance(COUNT(at))] : "U4 0.0.0.0:7";
        given[i].at[1] = chance(2) ? at[chance(COUNT(at))] : NULL;
    }
    struct table *t = table_of(given);
    ck_assert(table_settle(t, lost, &told));
    return t;
}

static size_t closed;

static void count_closing(void *arg, struct listener *l)
{
    (void)arg;
    ck_assert_int_ge(l->watch.fd, 0);
    closed++;
}

static bool nobody_runs(void *arg, struct service *s)
{
    (void)arg;
    (void)s;
    return false;
}

/* Each socket is somebody's who knows it, and no identity is there twice. */
static size_t check_whole(const struct table *t)
{
    size_t open = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct service *s = t->services[i];
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(s->id, t->services[j]->id);
        for (size_t j = 0; j < s->nlisteners; j++) {
            ck_assert_ptr_eq(service_listeners(s)[j]->service, s);
            ck_assert(!service_listeners(s)[j]->dead);
            open += service_listeners(s)[j]->watch.fd >= 0;
        }
    }
    return open;
}

START_TEST(any_tables)
{
    for (int round = 0; round < 3000; round++) {
        text_init(&told, told_room, sizeof told_room);
        struct table *live = some_table(), *fresh = some_table();
        size_t before = table_listeners(live), entries = fresh->count;
        struct table_change change;
        open_all(live);
        for (size_t i = 0; i < fresh->count; i++)
            fresh->services[i]->id = (uint32_t)(100 + i);
        closed = 0;
        ck_assert(table_replace(live, fresh, &change, count_closing, nobody_runs, &told));
        ck_assert_uint_eq(live->count, entries);
        ck_assert_uint_eq(change.kept + change.changed + change.added, entries);
        ck_assert_uint_eq(check_whole(live) + closed, before);
        table_free(live);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("table");
    TCase *cases = tcase_create("cases"), *random = tcase_create("random");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_loop_test(cases, settles, 0, COUNT(settled));
    tcase_add_loop_test(cases, replaces, 0, COUNT(replaced));
    tcase_add_test(cases, plain_or_not);
    tcase_add_test(cases, comes_back);
    tcase_set_timeout(random, 60); /* valgrind, busy machines */
    tcase_add_checked_fixture(random, setup, NULL);
    tcase_add_checked_fixture(random, begin, end);
    tcase_add_test(random, any_tables);
    suite_add_tcase(s, cases);
    suite_add_tcase(s, random);
    return s;
}

#include "check/main.h"
