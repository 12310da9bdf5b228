/* check/carry.c -- a table comes back as it was, and nothing that is damaged does */
#include "config.h"

#include "service/carry.h"

#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "check/given.h"
#include "os/priv.h"

static struct state_out o;

static void begin(void)
{
    enum priv_fault fault;
    usual = settings_new();
    ck_assert_ptr_nonnull(usual);
    usual->who = priv_find(NULL, NULL, &fault);
    ck_assert_ptr_nonnull(usual->who);
    o = (struct state_out){.at = NULL};
}

static void end(void)
{
    settings_unref(usual);
    state_free(&o);
}

/* What is left of `t` after the first `len` bytes of it; SIZE_MAX: all. */
static struct table *carried(const struct table *t, size_t len)
{
    struct state_in whole;
    struct state_part part;
    bool bad;
    if (o.len == 0) {
        state_part(&o, "table", true);
        table_put(t, &o);
        ck_assert(state_end(&o));
    }
    char *copy = malloc(len < o.len ? len + 1 : o.len); /* one byte too many is seen */
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, o.at, len < o.len ? len : o.len);
    struct table *back = NULL;
    if (state_open(&whole, copy, len < o.len ? len : o.len, &bad) && state_next_part(&whole, &part))
        back = table_take(&part.records);
    free(copy);
    return back;
}

static struct table *some(void)
{
    static const struct given given[MOST] = {{"a", {"s4 0.0.0.0:7", "s6 :::7"}},
                                             {"b!", {"d :::9"}},
                                             {"/run/c?", {"u"}},
                                             {"d", {"U4 127.0.0.1:13"}}};
    struct table *t = table_of(given);
    t->handlers_max = 77;
    for (size_t i = 0; i < t->count; i++) {
        t->services[i]->entry->file = table_file(t, i < 2 ? "one" : "two");
        t->services[i]->entry->line = (unsigned)i + 1;
    }
    return t;
}

START_TEST(a_table_comes_back)
{
    struct table *t = some();
    struct settings *other = settings_copy(usual);
    other->limits.accept_max = 3;
    settings_unref(t->services[1]->entry->settings);
    t->services[1]->entry->settings = other;
    ck_assert(strings_add(&t->services[3]->entry->names, "first"));
    service_listeners(t->services[0])[1]->dual = true;
    struct table *back = carried(t, SIZE_MAX);
    ck_assert_ptr_nonnull(back);
    ck_assert_uint_eq(back->handlers_max, 77);
    ck_assert_uint_eq(back->count, t->count);
    for (size_t i = 0; i < t->count; i++) {
        const struct service *a = t->services[i], *b = back->services[i];
        ck_assert_str_eq(a->entry->word, b->entry->word);
        ck_assert_str_eq(a->entry->name, b->entry->name);
        ck_assert_str_eq(a->entry->file, b->entry->file);
        ck_assert_uint_eq(a->entry->line, b->entry->line);
        ck_assert(strings_equal(a->entry->names, b->entry->names));
        ck_assert(settings_equal(a->entry->settings, b->entry->settings));
        ck_assert(program_equal(a->entry->program, b->entry->program));
        ck_assert_uint_eq(a->nlisteners, b->nlisteners);
        for (size_t j = 0; j < a->nlisteners; j++) {
            char one[ADDR_TEXT], other_one[ADDR_TEXT];
            const struct listener *l = service_listeners(a)[j], *m = service_listeners(b)[j];
            ck_assert_str_eq(listener_address(l, one), listener_address(m, other_one));
            ck_assert(l->mode == m->mode && l->proto == m->proto && l->socktype == m->socktype);
            ck_assert(l->soft == m->soft && l->dual == m->dual && l->place == m->place);
            ck_assert_ptr_eq(m->service, b);
        }
    }
    ck_assert_ptr_eq(back->services[0]->entry->settings, back->services[2]->entry->settings);
    table_free(back);
    table_free(t);
}
END_TEST

/* Who adds a member of an entry says how it travels; only what is between members is not asked. */
START_TEST(every_plain_member_of_an_entry)
{
    enum { FROM = offsetof(struct entry, line), TO = offsetof(struct entry, program) };
    size_t lost = 0;
    struct table *t = some();
    struct entry *e = t->services[0]->entry;
    memset((char *)e + FROM, 1, TO - FROM);
    e->path = (uint32_t)ENTRY_NO_PATH;
    e->span = 0; /* of tables that are listed, not served */
    struct table *back = carried(t, SIZE_MAX);
    ck_assert_ptr_nonnull(back);
    for (size_t i = FROM; i < TO; i++)
        lost += ((const char *)e)[i] != ((const char *)back->services[0]->entry)[i];
    ck_assert_uint_le(lost, 3);
    table_free(back);
    table_free(t);
}
END_TEST

START_TEST(settings_of_each_entry)
{
    static const struct given given[MOST] = {{"a", {"4 127.0.0.1:7"}}};
    struct table *t = table_of(given);
    for (uint32_t i = 0; i < 30; i++) { /* more than are remembered, some of them again */
        static const struct given one = {"x", {NULL}};
        struct service *s = make(&one);
        struct settings *set = settings_copy(usual);
        set->limits.accept_max = i % 20;
        settings_unref(s->entry->settings);
        s->entry->settings = i % 3 ? set : settings_ref(t->services[0]->entry->settings);
        if (i % 3 == 0)
            settings_unref(set);
        ck_assert(table_add(t, s));
    }
    struct table *back = carried(t, SIZE_MAX);
    ck_assert_ptr_nonnull(back);
    for (size_t i = 0; i < t->count; i++)
        ck_assert(
            settings_equal(t->services[i]->entry->settings, back->services[i]->entry->settings));
    table_free(back);
    table_free(t);
}
END_TEST

START_TEST(nothing_that_is_cut)
{
    struct table *t = some();
    table_free(carried(t, SIZE_MAX));
    for (size_t len = 0; len < o.len; len++)
        ck_assert_ptr_null(carried(t, len));
    table_free(t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("carry");
    TCase *t = tcase_create("carry");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, a_table_comes_back);
    tcase_add_test(t, every_plain_member_of_an_entry);
    tcase_add_test(t, settings_of_each_entry);
    tcase_add_test(t, nothing_that_is_cut);
    suite_add_tcase(s, t);
    return s;
}

#include "check/main.h"
