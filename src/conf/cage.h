/* conf/cage.h -- what a preset stands for, and whether this system has the layers of it. Part of
 * conf. */
#ifndef DOORWARD_CONF_CAGE_H
#define DOORWARD_CONF_CAGE_H

#include "conf/plan.h"

/* The keys of the draft's preset that neither it nor .defaults gives, into its settings. False: out
 * of memory, told. */
bool conf_preset_apply(struct conf *c, struct draft *d);
/* Row `i` of the presets' table, for the test that compares the manual with it: the preset, then
 * its words; NULL: no more. */
const char *const *conf_preset_row(size_t i, enum cage_preset *from, const char **key);
/* The defaults, and with each preset, in `normal`; one reference each. False: out of memory. */
bool conf_preset_normals(struct settings *normal[static CAGE_JAIL + 1]);

/*
 * The preset, then which layers the entry needs and which of them there are. One that is missing is
 * an error and the service is closed, but stands in the table; or, without `require`, a warning.
 * False: an error of another kind, told. */
bool plan_cage(struct plan *p);

#endif
