/* ctl/lookup/served.c -- which services of the daemon have a port, an address or a protocol */
#include "config.h"

#include "ctl/lookup/served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "ctl/terminal.h"

void served_read(struct served *v, const char *socket)
{
    int status = socket ? ctl_rows_read(socket, &v->rows) : 1;
    v->known = socket && status == 0;
    if (!socket)
        v->rows = (struct ctl_rows){.at = NULL};
    else if (!v->known)
        ctl_complain("note: what is served is not known: %s", v->rows.why);
}

void served_free(struct served *v)
{
    ctl_rows_free(&v->rows);
}

/* --- one service ------------------------------------------------------------------------------ */

/* "tcp" is tcp4, tcp6 and tcp46 too; "rpc" is "rpc/udp". */
static bool has_protocol(const struct ctl_row *row, const char *wanted)
{
    const char *is = ctl_row_get(row, "protocol");
    size_t len = strlen(wanted);
    return !strncmp(is, wanted, len) && !is[len + strspn(is + len, "46only")] ? true
           : strcmp(wanted, "rpc") == 0
               ? !strncmp(is, "rpc/", 4)
               : strncmp(is, "rpc/", 4) == 0 && !strncmp(is + 4, wanted, len);
}

/* AF_UNSPEC is any. */
static bool has_family(const struct ctl_row *row, const struct addr *listens, int family)
{
    return family == AF_UNSPEC || addr_family(listens) == family ||
           strstr(ctl_row_get(row, "protocol"), "46");
}

static bool covers(const struct ctl_row *row, const struct addr *listens, const struct addr *wanted)
{
    return addr_compare_host(listens, wanted) == 0 ||
           (addr_is_any(listens) && has_family(row, listens, addr_family(wanted)));
}

/* One address of a service: "0.0.0.0:7", "[::]:7". */
static bool has_address(const struct ctl_row *row, const char *text, const struct wanted *w)
{
    const char *colon = strrchr(text, ':');
    char host[ADDR_TEXT];
    struct addr listens;
    uint64_t port;
    if (!colon || value_number(colon + 1, 1, 65535, &port) != VALUE_GOOD ||
        !text_fits(host, sizeof host, "%.*s", (int)(colon - text), text) ||
        !addr_parse(&listens, host))
        return false;
    return (!w->port || w->port == port) && has_family(row, &listens, w->family) &&
           (addr_family(&w->at) == AF_UNSPEC || covers(row, &listens, &w->at));
}

static bool has_socket(const struct ctl_row *row, const struct wanted *w)
{
    const char *at = ctl_row_get(row, "address");
    char one[ADDR_TEXT];
    if (w->path)
        return strcmp(ctl_row_get(row, "protocol"), "unix") == 0 && strcmp(at, w->path) == 0;
    if (!w->port && addr_family(&w->at) == AF_UNSPEC)
        return true;
    for (; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (text_fits(one, sizeof one, "%.*s", (int)len, at) && has_address(row, one, w))
            return true;
        at += len;
    }
    return false;
}

static bool has_program(const struct ctl_row *row, const char *program)
{
    const char *name = ctl_row_get(row, "service");
    size_t len = strlen(program);
    return strncmp(name, program, len) == 0 && name[len] == '/';
}

const struct ctl_row *served_next(const struct served *v, const struct wanted *w, size_t *at)
{
    while (*at < v->rows.count) {
        const struct ctl_row *row = &v->rows.at[(*at)++];
        if ((!w->protocol || has_protocol(row, w->protocol)) && has_socket(row, w) &&
            (!w->program || has_program(row, w->program)))
            return row;
    }
    return NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

void served_print(const struct served *v, const struct wanted *w)
{
    static const char *const keys[] = {"service", "protocol", "address", "state"};
    const struct ctl_row *row;
    size_t at = 0, found = 0;
    for (; (row = served_next(v, w, &at)); found++) {
        (void)printf("  served by  "); /* main looks at stdout in the end; so for all here */
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            (void)fputs(i == 0 ? "" : i == 3 ? ": " : " ", stdout);
            ctl_put_harmless(stdout, ctl_row_get(row, keys[i]));
        }
        (void)putchar('\n');
    }
    if (!found && v->known)
        (void)puts("  served by  nobody");
}
