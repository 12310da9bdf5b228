/* conf/source.h -- files being read, each by the one that includes it. Part of conf. */
#ifndef DOORWARD_CONF_SOURCE_H
#define DOORWARD_CONF_SOURCE_H

#include "conf/file.h"

/* Begin to read a file's bytes, which c->reading, if there is one, includes: c->reading is this one
 * then. Memory may run out. */
void source_begin(struct conf *c, const struct conf_text *text);
/* Read on in c->reading: a statement, or an included file's beginning. At its end the one that
 * includes it is read on. Not after memory ran out. */
void source_step(struct conf *c);
/* End it, read to its end or not. */
void source_end(struct conf *c);

#endif
