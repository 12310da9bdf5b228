/* daemon/report.c -- problems of a configuration, for whoever started us */
#include "config.h"

#include "daemon/report.h"

#include <stdio.h>

#include "base/text.h"

static void say(void *arg, const struct place *at, enum conf_severity severity, const char *what)
{
    char line[4096];
    struct text t;
    (void)arg;
    text_init(&t, line, sizeof line);
    conf_problem(&t, at, severity, what);
    (void)fprintf(stderr, "%s\n", line); /* a check that cannot speak still has its status */
}

static void say_nothing(void *arg, const struct place *at, enum conf_severity severity,
                        const char *what)
{
    (void)arg;
    (void)at;
    (void)severity;
    (void)what;
}

const struct conf_report report_stderr = {say, NULL};
const struct conf_report report_nobody = {say_nothing, NULL};
