/* model/players.h -- who lives beside the master in the played kernel: starters, handlers, readers,
 * a new binary */
#ifndef DOORWARD_MODEL_PLAYERS_H
#define DOORWARD_MODEL_PLAYERS_H

#include "model/kernel.h"

/* What becomes of a start. */
enum fate {
    FATE_RUNS,
    FATE_NO_PROCESS, /* clone(2) says EAGAIN */
    FATE_NO_PROGRAM, /* execve(2) says ENOENT */
    FATE_TOO_MANY,   /* execve(2) says EAGAIN: its user has too many */
    FATE_NO_USER,    /* setresuid(2) fails */
    FATES
};

/* Will the master hear of the handler `pid`, or can it see its birth? */
bool player_tells(pid_t pid);
/* Another master begins: those who worked for the last one are not its own. */
void players_forget(void);

/* How far a starter is with its order. */
enum starting { STARTS_NOT, STARTS_TAKEN, STARTS_BORN, STARTS_OVER };

/* For kernel.forked, and for kernel.ended. */
void player_forked(struct process *p);
void player_ended(struct process *p);

/* Has a starter, or a child of the master's own that is to be a handler, something to do? */
bool starter_can(const struct process *p);
/* It goes on by one step: `fate` is looked at where it is decided. */
void starter_step(struct process *p, enum fate fate);

bool reader_can(const struct process *p);
/* It says all that it was asked, and ends; or ends with `status`. */
void reader_step(struct process *p, int status);

/* A new binary says that it can, or that it cannot, and ends. */
void probe_step(struct process *p, bool can);

bool helper_can(const struct process *p);
void helper_step(struct process *p);

/* The configuration that is read next. */
extern const char *player_text;
/* Have what its reader will say of each of `texts`, by really asking; before all plays. */
struct conf_options;
bool players_learn(const char *const *texts, size_t n, const struct conf_options *conf);
/* What was learnt of `text`. */
const char *player_answers(const char *text, size_t *len);

#endif
