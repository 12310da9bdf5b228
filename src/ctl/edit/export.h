/* ctl/edit/export.h -- entries as units of systemd, by the daemon's program */
#ifndef DOORWARD_CTL_EDIT_EXPORT_H
#define DOORWARD_CTL_EDIT_EXPORT_H

/* Of `file` (NULL: of what the daemon at `socket` reads, or the usual files), all that are on or
 * those that `service` means, to stdout or into `folder` if it is not NULL. Returns only to fail,
 * with an exit status. */
int ctl_export_systemd(const char *socket, const char *file, const char *folder,
                       const char *service);

#endif
