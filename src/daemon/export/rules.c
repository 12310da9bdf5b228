/* daemon/export/rules.c -- who may in: allow and deny as systemd decides */
#include "config.h"

#include "daemon/export/rules.h"

#include <string.h>

/* Is all of `inner` in `outer`? */
static bool contains(const struct prefix *outer, const struct prefix *inner)
{
    if (outer->family != inner->family || outer->bits > inner->bits)
        return false;
    unsigned whole = outer->bits / 8, rest = outer->bits % 8;
    unsigned char mask = (unsigned char)(0xff00U >> rest);
    return memcmp(outer->bytes, inner->bytes, whole) == 0 &&
           (rest == 0 || ((outer->bytes[whole] ^ inner->bytes[whole]) & mask) == 0);
}

/* What is allowed wins there, the longest prefix here: is some of what is allowed denied? */
static bool contradict(const struct access *a)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < a->count; j++)
            if (a->rules[i].allow && !a->rules[j].allow &&
                contains(&a->rules[i].prefix, &a->rules[j].prefix))
                return true;
    return false;
}

static bool has_uids(const struct access *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->rules[i].prefix.family == AF_UNIX)
            return true;
    return false;
}

static void put(struct unit *u, const char *key, const struct access *a, bool allow)
{
    char at[ADDR_TEXT];
    for (size_t i = 0; i < a->count; i++)
        if (a->rules[i].allow == allow)
            (void)fprintf(u->socket, "%s=%s\n", key, prefix_format(&a->rules[i].prefix, at));
}

void export_rules(struct unit *u, const struct access *a)
{
    if (u->service->entry->proto == PROTO_UNIX || has_uids(a)) {
        unit_refuse(u, "allow, deny: systemd does not look at the uid of a peer.");
        return;
    }
    if (contradict(a)) {
        unit_refuse(u, "allow, deny: of systemd's what is allowed wins, here the longest prefix.");
        return;
    }
    put(u, "IPAddressAllow", a, true);
    if (a->has_allow)
        (void)fputs("IPAddressDeny=any\n", u->socket);
    else
        put(u, "IPAddressDeny", a, false);
    unit_note(u,
              "allow, deny: packets are dropped, not refused; it needs BPF in the kernel, without"
              " which systemd warns and lets everybody in.");
}
