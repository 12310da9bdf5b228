/*
 * service/kinds.h -- the kinds of values that settings are made of, as memory.
 *
 * How each is written in a configuration is the other half, in conf/types.c. */
#ifndef DOORWARD_SERVICE_KINDS_H
#define DOORWARD_SERVICE_KINDS_H

#include "base/state.h"

enum kind {
    KIND_BOOL,   /* bool */
    KIND_INT,    /* int, a plain number */
    KIND_SIZE,   /* int, bytes */
    KIND_COUNT,  /* uint32_t */
    KIND_TIME,   /* uint64_t, ns */
    KIND_SIGNAL, /* int, a signal */
    KIND_MODE,   /* unsigned, a file's mode */
    KIND_RATE,   /* struct rate */
    KIND_PROBES, /* struct keepalive */
    KIND_PREFIX, /* struct source_prefix */
    KIND_GATE,   /* uint8_t, bits of a proof of work; 0 none */
    KIND_CHOICE, /* uint8_t, which of the key's words */
    KIND_PATH,   /* char *, absolute; NULL none */
    KIND_LOG,    /* char *, facility.level or absolute; NULL the daemon's */
    KIND_DEVICE, /* char *, an interface's name; NULL none */
    KIND_ENV,    /* char **, NAME=value each */
    KIND_NAMES,  /* char **, variables' names */
    KIND_ALLOW,  /* struct access: its rules of one sort; the two sorts are one list */
    KIND_DENY,
    KIND_BALANCERS, /* struct access, all of it allow rules */
    KIND_RLIMIT,    /* struct rlimits: the one that the key names; all are one list */
    KIND_CAPS,      /* uint64_t, capabilities, a bit each; all: CAGE_ALL_CAPS */
    KIND_PATHS,     /* char **, absolute paths, or "none"; NULL: no such list, as below */
    KIND_REACH,     /* char **, ports, "udp", "unix:PATH", or "none" */
    KIND_PORTS,     /* char **, ports, or "none" */
    KIND_MOUNTS,    /* char **, FROM[:TO][:rw] */
    KIND_CALLS,     /* char **, cage/filter.h's words */
    KIND_COMPILED,  /* struct filter * */
    KIND_LABEL,     /* char *, one word; NULL none */
    KIND_WHO,       /* struct priv * */
    KIND_UID,       /* uid_t */
    KIND_GID,       /* gid_t */
    KINDS
};

/* Bytes of a value; all of them zero are a value that owns nothing. */
size_t kind_size(unsigned kind);
bool kind_equal(unsigned kind, const void *a, const void *b);
/* A deep copy into `to`, which owned nothing. False: out of memory; kind_drop() is still due. */
bool kind_copy(unsigned kind, void *to, const void *from);
/* Free what it owns. */
void kind_drop(unsigned kind, void *value);
/*
 * For another process of the same program: into the record that is being written, and from one into
 * `to`, all zero so far, for which kind_drop() is still due. Where memory runs out, and where a row
 * of kinds.c does not say how, it has failed, or is bad. */
void kind_put(unsigned kind, struct state_out *o, const void *value);
void kind_get(unsigned kind, struct state_in *r, void *to);

#endif
