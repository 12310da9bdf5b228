/* daemon/report.h -- problems of a configuration, for whoever started us */
#ifndef DOORWARD_DAEMON_REPORT_H
#define DOORWARD_DAEMON_REPORT_H

#include "conf/conf.h"

/* A line each on stderr. */
extern const struct conf_report report_stderr;
/* They are of no interest. */
extern const struct conf_report report_nobody;

#endif
