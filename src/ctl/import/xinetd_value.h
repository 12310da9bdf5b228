/* ctl/import/xinetd_value.h -- which values of an attribute xinetd takes. Rank 1. */
#ifndef DOORWARD_CTL_IMPORT_XINETD_VALUE_H
#define DOORWARD_CTL_IMPORT_XINETD_VALUE_H

#include <stdint.h>

#include "ctl/import/words.h"

/* Each: would xinetd take these values? Words are the same whatever their case. */
bool xin_good_switch(const struct ctl_words *values);
bool xin_good_number(const struct ctl_words *values); /* of any sign */
bool xin_good_count(const struct ctl_words *values);  /* or UNLIMITED */
bool xin_good_size(const struct ctl_words *values);   /* or UNLIMITED */
bool xin_good_port(const struct ctl_words *values);
bool xin_good_version(const struct ctl_words *values); /* N or N-N */
bool xin_good_cps(const struct ctl_words *values);
bool xin_good_load(const struct ctl_words *values);
bool xin_good_mask(const struct ctl_words *values);
bool xin_good_deny_time(const struct ctl_words *values);
bool xin_good_socket(const struct ctl_words *values);
bool xin_good_type(const struct ctl_words *values);
bool xin_good_flags(const struct ctl_words *values);
bool xin_good_success(const struct ctl_words *values);
bool xin_good_failure(const struct ctl_words *values);
bool xin_good_env(const struct ctl_words *values);
bool xin_good_peers(const struct ctl_words *values);

/* A number with a sign; false: none, or out of int's range. */
bool xin_number(const char *word, int64_t *n);

#endif
