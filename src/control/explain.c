/* control/explain.c -- what would become of a peer at a service now */
#include "config.h"

#include <string.h>

#include "admit/judge.h"
#include "base/value.h"
#include "control/private.h"
#include "control/status.h"

/* "192.0.2.1", "2001:db8::1", "uid:1000". */
static bool peer_of(const char *word, struct addr *peer)
{
    uint64_t uid;
    if (strncmp(word, "uid:", 4) == 0) {
        if (value_number(word + 4, 0, UINT32_MAX - 1, &uid) != VALUE_GOOD)
            return false;
        *peer = addr_unix((uid_t)uid, (gid_t)-1, 0);
        return true;
    }
    struct addr given;
    if (!addr_parse(&given, word))
        return false;
    *peer = addr_unmap(&given);
    return true;
}

static enum judgement tell(struct client *cl, const struct service *s, const struct addr *peer)
{
    char address[STATUS_ADDRESS], room[512];
    struct text why;
    text_init(&why, room, sizeof room);
    enum judgement is = judge(cl->control->master, s, peer, &why);
    status_addresses(s, address);
    control_put(cl, "%s %s %s: %s: %s", s->entry->name, service_proto_name(s), address,
                judge_word(is), room);
    return is;
}

void control_explain(struct client *cl, const char *arg)
{
    const struct table *t = cl->control->master->table;
    char word[ADDR_TEXT] = "";
    struct addr peer;
    size_t count[JUDGE_APART + 1] = {0};
    if (!control_word(&arg, word, sizeof word) || !peer_of(word, &peer)) {
        control_error(cl, "\"%s\" is not an address", word);
        return;
    }
    if (!*arg) {
        control_error(cl, "explain takes an address and a service");
        return;
    }
    enum naming_fit fit = control_names(cl, arg);
    if (!fit)
        return;
    for (size_t i = 0; i < t->count; i++)
        if (service_is_named(t->services[i], arg) >= fit)
            count[tell(cl, t->services[i], &peer)]++;
    if (count[JUDGE_WAITS] + count[JUDGE_REFUSED] == 0 && count[JUDGE_SERVED])
        control_ok(cl);
    else
        control_error(cl, "%s would not be served%s", word,
                      count[JUDGE_SERVED] ? " everywhere" : "");
}
