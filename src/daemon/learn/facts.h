/* daemon/learn/facts.h -- what a handler was seen to use, and that as keys */
#ifndef DOORWARD_DAEMON_LEARN_FACTS_H
#define DOORWARD_DAEMON_LEARN_FACTS_H

#include <stdbool.h>
#include <stdio.h>

enum fact {
    FACT_READ,
    FACT_LIST /* folders */,
    FACT_WRITE,
    FACT_RUN,
    FACT_CONNECT,
    FACT_BIND,
    FACT_CALL,
    FACT_NOTE,
    FACTS
};

struct facts {
    char **of[FACTS]; /* base/strings.h's, each once */
    char *program;    /* what was started: a cage allows it; NULL: nothing was */
    bool no_memory;
};

void facts_add(struct facts *f, enum fact what, const char *word);
/* What no key says, for a comment. */
void facts_note(struct facts *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The keys beyond strict's, a line each, comments first. False: out of memory. */
bool facts_print(struct facts *f, FILE *out);
void facts_free(struct facts *f);

#endif
