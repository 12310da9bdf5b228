# A model of the master, and the master itself in a kernel that is played (doc/model/README.md).
PLAYED_KERNEL = \
	tests/model/admissions.c \
	tests/model/calls.h \
	tests/model/calls_file.c \
	tests/model/calls_process.c \
	tests/model/calls_wait.c \
	tests/model/checks.c \
	tests/model/kernel.c tests/model/kernel.h \
	tests/model/players.c tests/model/players.h \
	tests/model/readers.c \
	tests/model/walk.c tests/model/walk.h \
	tests/model/world.c tests/model/world.h

# Calls, and a few functions of the master's, that are played in place of the real ones.
PLAYED_LINK = $(AM_LDFLAGS) \
	-Wl,--wrap=accept4,--wrap=bind,--wrap=chdir,--wrap=clock_gettime \
	-Wl,--wrap=close,--wrap=epoll_create1,--wrap=epoll_ctl,--wrap=epoll_wait \
	-Wl,--wrap=execve,--wrap=fcntl,--wrap=fork,--wrap=getentropy \
	-Wl,--wrap=getsockname,--wrap=getsockopt,--wrap=kill,--wrap=listen \
	-Wl,--wrap=malloc_trim,--wrap=nanosleep,--wrap=pipe2,--wrap=poll \
	-Wl,--wrap=pselect,--wrap=read,--wrap=recvmsg,--wrap=sendmsg \
	-Wl,--wrap=setrlimit,--wrap=setsockopt,--wrap=sigaction,--wrap=sigpending \
	-Wl,--wrap=sigprocmask,--wrap=sigwaitinfo,--wrap=socket,--wrap=socketpair \
	-Wl,--wrap=sysconf,--wrap=wait4,--wrap=waitid,--wrap=waitpid \
	-Wl,--wrap=admit_refresh,--wrap=waiting_close,--wrap=outlet_stderr,--wrap=probe_start,--wrap=reader_start \
	-Wl,--wrap=start_done,--wrap=starters_begin,--wrap=tally_reject,--wrap=web_start \
	-Wl,--wrap=waiting_add,--wrap=worker_fork,--wrap=worker_hire,--wrap=worker_order

EXTRA_DIST += tests/model/breaks tests/model/breaks.sh tests/model/traces.sh
EXTRA_DIST += doc/model/doorward.pml doc/model/README.md doc/model/run.sh

# Random walks: seconds of them in make check, TIME of them (seconds) in make walk.
if PLAYED_KERNEL
check_PROGRAMS += tests/model/walker tests/model/traces
TESTS += tests/model/traces.sh tests/model/walker
tests_model_walker_SOURCES = tests/model/walker.c $(PLAYED_KERNEL)
tests_model_walker_LDFLAGS = $(PLAYED_LINK)
tests_model_traces_SOURCES = tests/model/traces.c $(PLAYED_KERNEL)
tests_model_traces_LDFLAGS = $(PLAYED_LINK) -Wl,--wrap=hold_until,--wrap=hold_fault,--wrap=loop_timer

walk: tests/model/walker
	tests/model/walker -t $${TIME:-60}
# 600,000 steps of the model, which are 10,000 stretches of 60.
traces: tests/model/traces
	abs_top_builddir=$(abs_top_builddir) LENGTH=800000 $(BASH) $(top_srcdir)/tests/model/traces.sh 60 1
# Faults that were put into the code by hand: the walker finds each.
breaks: tests/model/walker
	$(AM_TESTS_ENVIRONMENT) $(BASH) $(top_srcdir)/tests/model/breaks.sh
else
walk breaks traces:
	@echo 'make $@: this linker, or this system, has no --wrap' >&2; exit 1
endif

# All states of the model.
model:
	CC='$(CC)' $(BASH) $(top_srcdir)/doc/model/run.sh $(top_srcdir)/doc/model/doorward.pml
.PHONY: walk breaks traces model
