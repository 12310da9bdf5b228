/* ctl/import/xinetd.h -- read the configuration of xinetd: sections, attributes, included files */
#ifndef DOORWARD_CTL_IMPORT_XINETD_H
#define DOORWARD_CTL_IMPORT_XINETD_H

/* Read the file, or the files of the folder, at `path` and print definitions. What cannot be read
 * is told on stderr. The exit status: 0 or EX_CONFIG. */
int ctl_import_xinetd(const char *path);

#endif
