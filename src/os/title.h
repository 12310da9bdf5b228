/* os/title.h -- what ps(1) shows as the command line of a process that was forked for one task */
#ifndef DOORWARD_OS_TITLE_H
#define DOORWARD_OS_TITLE_H

/* At start: where the command line lies. */
void title_init(int argc, char **argv);
/* In a forked child that has no more use for main's argv: "doorward: starter", as much of it as
 * fits. Does nothing before title_init(). */
void title_set(const char *title);

#endif
