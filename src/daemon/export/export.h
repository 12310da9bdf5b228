/* daemon/export/export.h -- --export-systemd: entries as units of systemd */
#ifndef DOORWARD_DAEMON_EXPORT_EXPORT_H
#define DOORWARD_DAEMON_EXPORT_EXPORT_H

#include "daemon/server.h"

/*
 * Each entry that is on, or those that `name` means (NULL: all), as NAME.socket and its service: on
 * stdout, or as files in the folder `folder` ("-": stdout), where a file that was not made so
 * before stays as it is. 0; 1 where an entry that was named is left out or does not start, or a
 * file could not be written; or of sysexits.h. */
int export_systemd(const struct server_options *o, const char *folder, const char *name);

#endif
