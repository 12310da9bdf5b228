/* ctl/import/systemd.h -- a socket unit of systemd to definitions: what listens */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_H

/* Read the unit, a path or a name, and its service, and print definitions. What cannot be read is
 * told on stderr. The exit status: 0 or EX_CONFIG. */
int ctl_import_systemd(const char *path);

#endif
