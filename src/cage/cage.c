/* cage/cage.c -- the layers, one row each: who needs it, and is it there? */
#include "config.h"

#include "cage/cage.h"

#include <string.h>

#include "base/text.h"
#include "cage/caps.h"
#include "cage/enter.h"
#include "cage/filter.h"
#include "cage/jail.h"
#include "cage/label.h"
#include "cage/landlock.h"

static bool wants_no_new_privs(const struct cage *c)
{
    return c->no_new_privs;
}

static bool wants_capabilities(const struct cage *c)
{
    return c->caps != CAGE_ALL_CAPS;
}

static bool wants_keyring(const struct cage *c)
{
    return c->private_keyring;
}

static bool wants_files(const struct cage *c)
{
    return c->readable || c->writable || c->executable;
}

static bool wants_ports(const struct cage *c)
{
    return c->connect || c->bind_ports;
}

static bool wants_scope(const struct cage *c)
{
    return c->private_signals;
}

static bool wants_calls(const struct cage *c)
{
    return c->system_calls || wants_ports(c);
}

static bool wants_mounts(const struct cage *c)
{
    return c->root || c->bind_mount || c->private_tmp > 0;
}

static bool wants_pids(const struct cage *c)
{
    return c->private_pids;
}

static bool wants_ipc(const struct cage *c)
{
    return c->private_ipc;
}

static bool wants_network(const struct cage *c)
{
    return c->private_network;
}

static bool wants_selinux(const struct cage *c)
{
    return c->selinux_label;
}

static bool wants_apparmor(const struct cage *c)
{
    return c->apparmor_profile;
}

static bool wants_personality(const struct cage *c)
{
    return c->personality != CAGE_NATIVE;
}

/* All unix sockets can be refused, or none; but in a root of what is named alone there are no
 * others. */
static bool wants_unix_paths(const struct cage *c)
{
    return cage_connects(c, "unix:") && !(c->root && strcmp(c->root, "/") == 0);
}

static const char *unix_paths_missing(void)
{
    return "no kernel tells unix sockets by their paths so far";
}

bool cage_connects(const struct cage *c, const char *start)
{
    for (size_t i = 0; c->connect && c->connect[i]; i++)
        if (strncmp(c->connect[i], start, strlen(start)) == 0)
            return true;
    return false;
}

static const struct {
    const char *name;
    bool (*wanted)(const struct cage *c);
    const char *(*missing)(void); /* NULL: it is there; else why not */
} rows[CAGE_LAYERS] = {
    [CAGE_NO_NEW_PRIVS] = {"no_new_privs", wants_no_new_privs, enter_privs_missing},
    [CAGE_CAPABILITIES] = {"capabilities", wants_capabilities, cage_caps_missing},
    [CAGE_KEYRING] = {"keyring", wants_keyring, enter_keyring_missing},
    [CAGE_FILES] = {"files", wants_files, landlock_files_missing},
    [CAGE_PORTS] = {"ports", wants_ports, landlock_ports_missing},
    [CAGE_SCOPE] = {"signals", wants_scope, landlock_scope_missing},
    [CAGE_CALLS] = {"system_calls", wants_calls, filter_missing},
    [CAGE_MOUNTS] = {"mounts", wants_mounts, jail_mounts_missing},
    [CAGE_PIDS] = {"pids", wants_pids, jail_pids_missing},
    [CAGE_IPC] = {"ipc", wants_ipc, jail_ipc_missing},
    [CAGE_NETWORK] = {"network", wants_network, jail_network_missing},
    [CAGE_SELINUX] = {"selinux", wants_selinux, label_selinux_missing},
    [CAGE_APPARMOR] = {"apparmor", wants_apparmor, label_apparmor_missing},
    [CAGE_PERSONALITY] = {"personality", wants_personality, label_personality_missing},
    [CAGE_UNIX_PATHS] = {"unix_paths", wants_unix_paths, unix_paths_missing},
};

const char *cage_layer_name(enum cage_layer layer)
{
    return rows[layer].name;
}

enum cage_layer cage_layer_named(const char *name)
{
    enum cage_layer layer = 0;
    while (layer < CAGE_LAYERS && strcmp(rows[layer].name, name) != 0)
        layer++;
    return layer;
}

uint32_t cage_layers_wanted(const struct cage *c)
{
    uint32_t mask = 0;
    for (unsigned layer = 0; layer < CAGE_LAYERS; layer++)
        if (rows[layer].wanted(c))
            mask |= UINT32_C(1) << layer;
    return mask;
}

const char *cage_layer_missing(enum cage_layer layer)
{
    return rows[layer].missing();
}

const char *cage_layer_names(uint32_t mask, char out[static CAGE_WORDS])
{
    struct text t;
    text_init(&t, out, CAGE_WORDS);
    for (unsigned layer = 0; layer < CAGE_LAYERS; layer++)
        if (mask & UINT32_C(1) << layer)
            text_add(&t, "%s%s", t.len > 0 ? "," : "", rows[layer].name);
    return out;
}
