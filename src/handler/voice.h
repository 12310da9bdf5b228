/* handler/voice.h -- how much the handlers of one service may say to the log, together. */
#ifndef DOORWARD_HANDLER_VOICE_H
#define DOORWARD_HANDLER_VOICE_H

#include "base/ring.h"
#include "base/state.h"
#include "os/loop.h"

/*
 * One for each service with handlers that log: 200 lines a second, 2,000 after a rest. It outlives
 * them until it has rested, so that a new handler does not begin with a new bound. */
struct voice;

/* The voice of `service` (copied), for one more user. NULL: out of memory. */
struct voice *voice_join(struct loop *loop, const char *service);
void voice_leave(struct voice *v);
const char *voice_service(const struct voice *v);

/* May a line be said now? False: it is counted. */
bool voice_may(struct voice *v);
/* So many more lines were thrown away; how many is told once a second. */
void voice_left_out(struct voice *v, uint64_t lines);
/* Would a line be left out now? */
bool voice_is_full(const struct voice *v);

/*
 * A reader that threw away what it read rests for 20 ms, so that no flood takes the processor:
 * `ready` is called with its link then, out of any ring. False: it cannot be, and goes on. */
bool voice_rest(struct voice *v, struct ring *link, void (*ready)(struct ring *link));

/* How much they have said, for an upgrade. */
void voices_save(struct state_out *o);
void voices_restore(struct loop *loop, struct state_in *records);

/* The daemon ends: tell what has not been told, and forget all voices. */
void voices_end(void);

#endif
