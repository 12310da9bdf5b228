# Tests. A new one is one line: check/NAME in CHECKS, e2e/NAME.sh in SHELL_TESTS.
CHECKS = \
	tests/check/access \
	tests/check/addr \
	tests/check/ask \
	tests/check/argv0 \
	tests/check/ban \
	tests/check/builtin \
	tests/check/carry \
	tests/check/child \
	tests/check/conf \
	tests/check/fdset \
	tests/check/ident \
	tests/check/keys \
	tests/check/lex \
	tests/check/limit \
	tests/check/loop \
	tests/check/memory \
	tests/check/priv \
	tests/check/program \
	tests/check/proxy \
	tests/check/record \
	tests/check/sd \
	tests/check/state \
	tests/check/table \
	tests/check/text \
	tests/check/value

# What takes longest stands first, so that nothing waits for it at the end.
SHELL_TESTS = \
	tests/hostile/listen_leftover.sh \
	tests/hostile/listen_spoil.sh \
	tests/hostile/load_names.sh \
	tests/hostile/udp.sh \
	tests/hostile/udp_ordinary.sh \
	tests/hostile/listen_udp.sh \
	tests/hostile/listen_unread.sh \
	tests/e2e/ctl.sh \
	tests/lint/shell.sh \
	tests/e2e/reload.sh \
	tests/e2e/flood.sh \
	tests/e2e/gate.sh \
	tests/e2e/handler.sh \
	tests/e2e/valgrind.sh \
	tests/e2e/calls.sh \
	tests/e2e/faults.sh \
	tests/e2e/metrics.sh \
	tests/e2e/options.sh \
	tests/e2e/drain.sh \
	tests/e2e/account.sh \
	tests/e2e/early.sh \
	tests/e2e/upgrade.sh \
	tests/e2e/fdstore.sh \
	tests/e2e/tcpmux.sh \
	tests/e2e/tree.sh \
	tests/e2e/reload_storm.sh \
	tests/e2e/access.sh \
	tests/e2e/addresses.sh \
	tests/e2e/clients.sh \
	tests/e2e/cluster.sh \
	tests/e2e/builtins.sh \
	tests/cage/escapes.sh \
	tests/cage/jail.sh \
	tests/cage/lacks.sh \
	tests/cage/presets.sh \
	tests/e2e/check.sh \
	tests/e2e/container.sh \
	tests/e2e/counts.sh \
	tests/e2e/debian.sh \
	tests/e2e/edit.sh \
	tests/e2e/defer.sh \
	tests/e2e/emulator.sh \
	tests/e2e/examples.sh \
	tests/e2e/export.sh \
	tests/e2e/first_hour.sh \
	tests/e2e/handler_limits.sh \
	tests/e2e/ident.sh \
	tests/e2e/import.sh \
	tests/e2e/install.sh \
	tests/e2e/kinds.sh \
	tests/e2e/limits.sh \
	tests/e2e/listen.sh \
	tests/e2e/listen_real.sh \
	tests/e2e/listen_reload.sh \
	tests/e2e/linger.sh \
	tests/e2e/log_forms.sh \
	tests/e2e/log_routes.sh \
	tests/e2e/log.sh \
	tests/e2e/lookup.sh \
	tests/e2e/many.sh \
	tests/e2e/manual.sh \
	tests/e2e/presence.sh \
	tests/e2e/proxy.sh \
	tests/e2e/real.sh \
	tests/e2e/restart.sh \
	tests/e2e/rpc.sh \
	tests/e2e/run.sh \
	tests/e2e/sentences.sh \
	tests/e2e/share.sh \
	tests/e2e/screens.sh \
	tests/e2e/signals.sh \
	tests/e2e/sockopts.sh \
	tests/e2e/systemd.sh \
	tests/e2e/tcp.sh \
	tests/e2e/learn.sh \
	tests/e2e/try.sh \
	tests/e2e/udp_nowait.sh \
	tests/e2e/unix.sh \
	tests/hostile/listen_device.sh \
	tests/hostile/listen_unix.sh \
	tests/e2e/xinetd.sh \
	tests/hostile/load_files.sh \
	tests/hostile/load_reader.sh \
	tests/layers.sh \
	tests/lint/dialect.sh \
	tests/lint/format.sh \
	tests/lint/man.sh \
	tests/lint/readme.sh \
	tests/sentences/check.sh

EXTRA_DIST += tests/lib/run tests/lib/run.py tests/lib/ports.py tests/lib/lib.sh tests/e2e/systemd_manager.py tests/check/main.h tests/e2e/traffic.py tests/check/chance.h tests/check/given.h tests/check/conf_cases.h $(SHELL_TESTS)

EXTRA_DIST += tests/README.md tests/stress.sh tests/sentences/table tests/sentences/items.awk
CLEANFILES += tests/lint/shell.known
# Attackers without privileges, while another service is watched (tests/lib/hostile.py).
HOSTILE_TESTS = \
	tests/hostile/descriptors.py \
	tests/hostile/held.py \
	tests/hostile/lent.py \
	tests/hostile/log.py \
	tests/hostile/memory.py \
	tests/hostile/notify.py \
	tests/hostile/pidfile.py \
	tests/hostile/privileges.py \
	tests/hostile/quit.py \
	tests/hostile/rpc.py \
	tests/hostile/signals.py \
	tests/hostile/start.py \
	tests/hostile/stderr.py \
	tests/hostile/sweep.py

EXTRA_DIST += $(HOSTILE_TESTS) tests/lib/hostile.py tests/hostile/held_handler.py

# Calls of the master that fail on demand: for LD_PRELOAD.
check_PROGRAMS += tests/lib/fault.so
tests_lib_fault_so_SOURCES = tests/lib/fault.c
tests_lib_fault_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_lib_fault_so_LDFLAGS = -shared
tests_lib_fault_so_LDADD = -ldl
check_PROGRAMS += tests/lib/oom.so
tests_lib_oom_so_SOURCES = tests/lib/oom.c
tests_lib_oom_so_CFLAGS = $(AM_CFLAGS) -fPIC -fno-builtin
tests_lib_oom_so_LDFLAGS = -shared
tests_lib_oom_so_LDADD = -ldl
EXTRA_DIST += tests/lib/harness.py tests/e2e/limits.py tests/e2e/access.py tests/e2e/handler_limits.py tests/e2e/calls.py tests/e2e/listen_reload.py tests/e2e/faults.py tests/e2e/flood.py
check_PROGRAMS += tests/lib/late.so
tests_lib_late_so_SOURCES = tests/lib/late.c
tests_lib_late_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_lib_late_so_LDFLAGS = -shared
tests_lib_late_so_LDADD = -ldl
check_PROGRAMS += tests/lib/apart.so
tests_lib_apart_so_SOURCES = tests/lib/apart.c
tests_lib_apart_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_lib_apart_so_LDFLAGS = -shared
tests_lib_apart_so_LDADD =
check_PROGRAMS += tests/lib/ends.so
tests_lib_ends_so_SOURCES = tests/lib/ends.c
tests_lib_ends_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_lib_ends_so_LDFLAGS = -shared
tests_lib_ends_so_LDADD = -ldl

EXTRA_DIST += tests/e2e/listen_server.py tests/e2e/ident.py
EXTRA_DIST += tests/e2e/control.py tests/e2e/cluster_load.py
EXTRA_DIST += tests/e2e/screens.py
EXTRA_DIST += tests/hostile/listen_lib.sh tests/hostile/listen_handler.py
EXTRA_DIST += tests/e2e/xinetd.py
EXTRA_DIST += tests/lib/imported.sh tests/lib/imported.awk
EXTRA_DIST += tests/e2e/clients.py tests/e2e/upgrade.py tests/e2e/fdstore.py tests/hostile/udp.py

EXTRA_DIST += tests/e2e/account.py tests/e2e/early.py
EXTRA_DIST += tests/e2e/metrics.py tests/e2e/presence.py tests/e2e/proxy.py tests/e2e/share.py
EXTRA_DIST += tests/e2e/gate.py tests/e2e/tree.py
EXTRA_DIST += tests/lib/witness.py tests/lib/witness.sh

# A module of nsswitch.conf(5) that does not answer.
if GLIBC
check_PROGRAMS += tests/lib/nss_hang.so
tests_lib_nss_hang_so_SOURCES = tests/lib/nss_hang.c
tests_lib_nss_hang_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_lib_nss_hang_so_LDFLAGS = -shared
tests_lib_nss_hang_so_LDADD =
endif

# A handler that tells what it was given.
check_PROGRAMS += tests/lib/probe
check_PROGRAMS += tests/cage/prober
tests_cage_prober_LDADD =
EXTRA_DIST += tests/cage/escapes.table tests/cage/bench.py

# What a cage costs: a few minutes, on a quiet machine.
bench-cage: src/doorward
	DOORWARD='$(abs_top_builddir)/src/doorward' python3 $(top_srcdir)/tests/cage/bench.py
.PHONY: bench-cage
tests_cage_prober_SOURCES = tests/cage/prober.c tests/cage/prober.h tests/cage/prober_files.c \
	tests/cage/prober_kernel.c tests/cage/prober_network.c tests/cage/prober_processes.c
check_PROGRAMS += tests/cage/without
tests_cage_without_LDADD =
tests_lib_probe_LDADD =
# The code's tables, for what the manual says of them.
check_PROGRAMS += tests/lib/tables
# One handler for each kind of socket.
check_PROGRAMS += tests/lib/handler
tests_lib_handler_LDADD =

TESTS += $(SHELL_TESTS)

# Another kind of build need not look at the tree again; and one that differs in the loop and in how handlers
# are started alone, not at words: check-build and check-starts leave those out.
TESTS_OF_THE_TREE = \
	tests/lint/shell.sh tests/lint/dialect.sh tests/lint/format.sh tests/lint/man.sh tests/lint/readme.sh \
	tests/layers.sh tests/e2e/install.sh tests/e2e/debian.sh tests/e2e/container.sh tests/e2e/manual.sh
TESTS_OF_WORDS = \
	tests/check/access tests/check/addr tests/check/argv0 tests/check/ask tests/check/ban tests/check/conf \
	tests/check/keys tests/check/lex tests/check/limit tests/check/priv tests/check/program tests/check/proxy \
	tests/check/record \
	tests/check/table tests/check/text tests/check/value tests/fuzz/replay_conf tests/fuzz/replay_proxy \
	tests/fuzz/replay_ident tests/fuzz/replay_rows tests/fuzz/replay_unit tests/fuzz/replay_sections \
	tests/e2e/check.sh tests/e2e/edit.sh tests/e2e/import.sh tests/e2e/xinetd.sh tests/e2e/try.sh \
	tests/e2e/options.sh tests/e2e/sentences.sh tests/e2e/valgrind.sh tests/hostile/load_names.sh \
	tests/hostile/load_files.sh tests/hostile/pidfile.py tests/hostile/listen_spoil.sh

check-build: all
	$(MAKE) check TESTS='$(filter-out $(TESTS_OF_THE_TREE),$(TESTS))'

check-starts: all
	$(MAKE) check TESTS='$(filter-out $(TESTS_OF_THE_TREE) $(TESTS_OF_WORDS),$(TESTS))'

.PHONY: check-build check-starts
# All allocations of the daemon's own code come to the test.
tests_check_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
if HAVE_CHECK
check_PROGRAMS += $(CHECKS)
TESTS += $(CHECKS)
endif
TESTS += $(HOSTILE_TESTS)

include tests/model/local.mk

AM_CPPFLAGS += -I$(top_srcdir)/tests $(CHECK_CFLAGS)
LDADD = $(LIBDOORWARD) $(CHECK_LIBS)

# All speak TAP; tests/lib/run bounds their time, and sees that nothing outlives them.
TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_COMPILER = $(BASH) $(top_srcdir)/tests/lib/run
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(LOG_COMPILER)
AM_TESTS_ENVIRONMENT = \
	PATH='$(PYTHON3_FOLDER)'":$$PATH"; export PATH; \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	DOORWARD='$(abs_top_builddir)/src/doorward'; export DOORWARD; \
	: "$${WITNESS_MS:=2000}" "$${CK_DEFAULT_TIMEOUT:=60}"; export WITNESS_MS CK_DEFAULT_TIMEOUT; \
	UBSAN_OPTIONS="print_stacktrace=1:$$UBSAN_OPTIONS"; export UBSAN_OPTIONS; $(COUNTED)

include tests/fuzz/local.mk

# What machines find out about the code, which takes longer than a check may: doc/evidence.md has the figures.
include tests/evidence/local.mk
