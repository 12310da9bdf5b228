/*
 * cage/cage.h -- what keeps a handler in: its settings, and the layers of the kernel's that hold
 * them.
 *
 * This folder: the walls around a handler, a file for each kind of wall. Nothing here knows of
 * services or configurations. It includes base/ only. */
#ifndef DOORWARD_CAGE_CAGE_H
#define DOORWARD_CAGE_CAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter;

/* Each has all that the one before has; what that is stands in conf/cage.c. */
enum cage_preset { CAGE_NONE, CAGE_BASIC, CAGE_STRICT, CAGE_JAIL };

/* What uname(2) says, and where a program is loaded. */
enum cage_personality { CAGE_NATIVE, CAGE_LINUX32, CAGE_FIXED };

#define CAGE_ALL_CAPS UINT64_MAX /* those of its user: nothing is changed */

/* As configured; each member is one row of service/keys.c. */
struct cage {
    uint64_t caps; /* capabilities that it has, a bit each, and no other */
    /* Absolute paths, or "none"; NULL: not restricted. */
    char **readable, **writable, **executable;
    char **connect;      /* ports of tcp, "udp", "unix:PATH", or "none"; NULL: not restricted */
    char **bind_ports;   /* likewise, ports alone */
    char **system_calls; /* filter.h's words; NULL: all */
    char **bind_mount;   /* FROM[:TO][:rw] */
    char *selinux_label, *apparmor_profile; /* NULL: none */
    char *root;            /* what it sees as /; "/" itself: a folder of what is named alone */
    struct filter *filter; /* made of them, and of `connect`; NULL: none */
    uint32_t layers;       /* a bit for each enum cage_layer that is to be put up */
    uint32_t lacks;        /* for each that was wanted, and that this system does not have */
    int private_tmp;       /* bytes of a /tmp of its own; 0: none */
    uint8_t personality;   /* enum cage_personality */
    uint8_t preset;        /* enum cage_preset */
    bool require;          /* without one of its layers the service stays closed */
    bool no_new_privs;     /* no program gives it more than it has */
    bool private_keyring;  /* a session keyring of its own */
    bool private_pids;     /* it sees what it has started alone, which ends with it */
    bool private_ipc;      /* System V and POSIX ipc, host name */
    bool private_network;  /* a loopback interface alone */
    bool private_signals;  /* signals and abstract sockets reach what it started alone */
};

/* What the kernel, or the build, has or has not. Their numbers go to the next doorward at an
 * upgrade: a new one comes behind the others. */
enum cage_layer {
    CAGE_NO_NEW_PRIVS,
    CAGE_CAPABILITIES,
    CAGE_KEYRING,
    CAGE_FILES,
    CAGE_PORTS,
    CAGE_SCOPE,
    CAGE_CALLS,
    CAGE_MOUNTS,
    CAGE_PIDS,
    CAGE_IPC,
    CAGE_NETWORK,
    CAGE_SELINUX,
    CAGE_APPARMOR,
    CAGE_PERSONALITY,
    CAGE_UNIX_PATHS,
    CAGE_LAYERS
};

/* Does one of the words of `connect` start so? */
bool cage_connects(const struct cage *c, const char *start);
/* Its name, for people; constant. */
const char *cage_layer_name(enum cage_layer layer);
/* The layer of that name; CAGE_LAYERS: none. */
enum cage_layer cage_layer_named(const char *name);
/* Those that `c` needs, a bit each. */
uint32_t cage_layers_wanted(const struct cage *c);
/* Can it be had here? NULL, or why not. It may fork and wait: for the reader. */
const char *cage_layer_missing(enum cage_layer layer);
/* Is the service closed for the lack of a layer? */
static inline bool cage_is_closed(const struct cage *c)
{
    return c->require && c->lacks != 0;
}
enum { CAGE_WORDS = 160 /* of all layers' names */ };
/* The names of the layers in `mask`, a comma between, in `out`. */
const char *cage_layer_names(uint32_t mask, char out[static CAGE_WORDS]);

#endif
