/*
 * conf/ask.h -- what a load asks the outside, one way for all of it. Part of conf.
 *
 * Files, programs and name services may keep whoever asks waiting, for ever if they like. So a load
 * asks through here only, and somebody else can have asked before: the reader asks the system and
 * sends each question with its answer, the master's load finds them among what it was sent. Within
 * one load a question has one answer, however often it is put. */
#ifndef DOORWARD_CONF_ASK_H
#define DOORWARD_CONF_ASK_H

#include "base/addr.h"
#include "conf/conf.h"
#include "os/priv.h"

#include <sys/stat.h>

enum {
    ASK_MOST_BYTES = 16 << 20,    /* of all files of one load, and so of each */
    ASK_MOST_FILES = 4096,        /* read in one load, each as often as it is included */
    ASK_MOST_RECORDED = 64 << 20, /* of all questions and answers */
};

/* The words of each question; the answer. */
enum ask_kind {
    ASK_NOTHING,   /* what ends a recording */
    ASK_ARGUMENT,  /* PATH: struct ask_file, then the bytes; any kind of file, for as long as it
                      takes */
    ASK_FILE,      /* PATH: the same; without bytes where it is no regular file */
    ASK_FOLDER,    /* PATH, a word or NULL: an empty name, then names, each with its NUL; nothing
                      where it is no folder, or, with the word, not there */
    ASK_GLOB,      /* PATTERN: paths, each with its NUL */
    ASK_PROGRAM,   /* PATH, "UID GID GROUP GROUP ...\nUSER\nROOT" (without a user two newlines and
                      the root): a text, what program_look() says; or nothing */
    ASK_DIRECTORY, /* PATH, the same: what folder_look() says; or nothing */
    ASK_STRING,    /* PATH, WORD or NULL: a byte if it is a regular file and has WORD between two
                      NULs; or nothing */
    ASK_LAYER,     /* NAME of a cage's layer: a text, why it cannot be had; or nothing */
    ASK_FILTER,    /* WORDS of cage/filter.h: the filter's bytes */
    ASK_SERVICE,   /* NAME, PROTOCOL: uint16_t port, name; nothing where there is none */
    ASK_PORT,      /* PORT, PROTOCOL: the same */
    ASK_SIMILAR,   /* NAME, PROTOCOL: a service that is spelt like it, or nothing */
    ASK_RPC,       /* NAME: uint32_t program, or nothing */
    ASK_HOST,      /* NAME: struct addr for each */
    ASK_USER,      /* USER, GROUP or NULL: struct ask_id, then what priv_pack() makes */
    ASK_UID,       /* USER: struct ask_id */
    ASK_GID,       /* GROUP: struct ask_id */
    ASK_KINDS
};

struct ask_file {
    dev_t dev;
    ino_t ino;
    mode_t mode;
};
struct ask_id {
    enum priv_fault fault;
    struct priv_name found;
};

struct answer {
    const char *bytes; /* with a NUL behind them, at an address for any type; lives with the ask */
    size_t len;
    bool failed; /* `bytes` is a text that says why there is no answer */
};

struct ask;

/* The answer; a second word of NULL is none. */
struct answer ask(struct ask *a, enum ask_kind kind, const char *first, const char *second);

/* The system is asked, at once. NULL, here and below: out of memory. */
struct ask *ask_system(void);
/*
 * The same, and each question goes with its answer into `fd` as it comes. What stands in `len`
 * bytes that were recorded before (borrowed, at an address for any type) is not asked again; the
 * first question that does not fails with the text `why`, for it has been waited for: NULL:
 * none. */
struct ask *ask_recorded(int fd, const char *bytes, size_t len, const char *why);
/* Memory ran out for an answer. It failed, but nothing is known about what was asked: the load is
 * no good, whatever its entries say. */
bool ask_lost(const struct ask *a);
/* All has been asked: into its recording. False: out of memory. */
bool ask_recorded_all(struct ask *a);
/* Nobody is asked but for files: there are no names. For fuzzing. */
struct ask *ask_offline(void);
bool ask_is_offline(const struct ask *a);
/* The answers are those of `len` bytes that were recorded (borrowed, at an address for any type);
 * any other question fails with the text `why` (borrowed). */
struct ask *ask_replayed(const char *bytes, size_t len, const char *why);
/* Does a recording end as it should? */
bool ask_is_whole(const char *bytes, size_t len);
/* How many of its bytes are whole records. */
size_t ask_records(const char *bytes, size_t len);
void ask_free(struct ask *a);

/* An answer of names, each with its NUL: the one after `name` (NULL: the first); NULL: no more. */
const char *answer_next(const struct answer *a, const char *name);

#endif
