/* ctl/import/systemd_cage.h -- what protects a service of systemd's, as keys of the cage */
#ifndef DOORWARD_CTL_IMPORT_SYSTEMD_CAGE_H
#define DOORWARD_CTL_IMPORT_SYSTEMD_CAGE_H

#include "ctl/import/systemd_rows.h"

/* Maps for rows of [Service]: the key where it holds as much; else off, with the reason. */
void cage_switch(struct sysd_import *s, const struct sysd_row *row, const char *value);
void cage_caps(struct sysd_import *s, const struct sysd_row *row, const char *value);
void cage_system(struct sysd_import *s, const struct sysd_row *row, const char *value);
void cage_families(struct sysd_import *s, const struct sysd_row *row, const char *value);
void cage_calls(struct sysd_import *s, const struct sysd_row *row, const char *value);
void cage_tmp(struct sysd_import *s, const struct sysd_row *row, const char *value);
void cage_label(struct sysd_import *s, const struct sysd_row *row, const char *value);
void cage_keyring(struct sysd_import *s, const struct sysd_row *row, const char *value);

#endif
