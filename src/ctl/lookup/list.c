/* ctl/lookup/list.c -- all services that the system names */
#include "config.h"

#include "ctl/lookup/list.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/value.h"
#include "ctl/grid.h"

static const struct ctl_column columns[] = {
    {"SERVICE", "service", "-", CTL_TEXT},     {"PORT", "port", "-", CTL_COUNT},
    {"PROTO", "protocol", "-", CTL_TEXT},      {"SERVED BY", "served", "-", CTL_TEXT},
    {"ALSO CALLED", "aliases", "-", CTL_TEXT},
};

static void add_served(struct text *t, const struct served *v, const struct wanted *w)
{
    char names[512];
    struct text list;
    const struct ctl_row *row;
    size_t at = 0;
    text_init(&list, names, sizeof names);
    while ((row = served_next(v, w, &at)))
        text_add(&list, "%s%s (%s)", list.len ? " " : "", ctl_row_get(row, "service"),
                 ctl_row_get(row, "state"));
    text_mark_cut(&list);
    if (list.len)
        text_field(t, "served", names);
}

/* A row as the daemon would send it. */
static void add_row(struct ctl_rows *rows, const struct servent *se, const struct served *v)
{
    char line[2048], aliases[512];
    struct text t, names;
    struct wanted w = {.protocol = se->s_proto, .port = ntohs((uint16_t)se->s_port)};
    text_init(&t, line, sizeof line);
    text_add(&t, "named");
    text_field(&t, "service", se->s_name);
    text_add(&t, " port=%u", w.port);
    text_field(&t, "protocol", se->s_proto);
    add_served(&t, v, &w);
    text_init(&names, aliases, sizeof aliases);
    for (char **alias = se->s_aliases; alias && *alias; alias++)
        text_add(&names, "%s%s", names.len ? " " : "", *alias);
    text_mark_cut(&names);
    if (names.len)
        text_field(&t, "aliases", aliases);
    ctl_rows_add(rows, line);
}

bool list_print(const struct served *v)
{
    struct ctl_rows rows = {.head = "named"};
    const struct servent *se;
    setservent(1);
    while ((se = getservent()))
        add_row(&rows, se, v);
    if (rows.count)
        ctl_grid_print(&rows, columns, sizeof columns / sizeof columns[0], stdout);
    else
        ctl_complain(
            "this system names no service: /etc/services is empty, or its C library does not "
            "list it");
    bool any = rows.count;
    ctl_rows_free(&rows);
    return any;
}

bool list_nearest(const char *word, char *out, size_t size)
{
    const struct servent *se;
    unsigned best = strlen(word) < 4 ? 2 : 3;
    bool found = false;
    setservent(1);
    while ((se = getservent())) {
        unsigned distance = value_distance(word, se->s_name);
        if (distance < best && text_fits(out, size, "%s", se->s_name)) {
            best = distance;
            found = true;
        }
    }
    return found;
}
