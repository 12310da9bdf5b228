# Tests. A new one is one line: check_NAME in CHECKS, t_NAME.sh in SHELL_TESTS.
CHECKS = \
	tests/check_access \
	tests/check_addr \
	tests/check_builtin \
	tests/check_child \
	tests/check_conf \
	tests/check_fdset \
	tests/check_lex \
	tests/check_limit \
	tests/check_loop \
	tests/check_priv \
	tests/check_sd \
	tests/check_text \
	tests/check_value

SHELL_TESTS = \
	tests/t_access.sh \
	tests/t_addresses.sh \
	tests/t_builtins.sh \
	tests/t_check.sh \
	tests/t_container.sh \
	tests/t_counts.sh \
	tests/t_ctl.sh \
	tests/t_debian.sh \
	tests/t_examples.sh \
	tests/t_faults.sh \
	tests/t_flood.sh \
	tests/t_handler.sh \
	tests/t_handler_limits.sh \
	tests/t_import.sh \
	tests/t_install.sh \
	tests/t_kinds.sh \
	tests/t_limits.sh \
	tests/t_linger.sh \
	tests/t_linger.sh \
	tests/t_log.sh \
	tests/t_many.sh \
	tests/t_manual.sh \
	tests/t_options.sh \
	tests/t_real.sh \
	tests/t_reload.sh \
	tests/t_reload_storm.sh \
	tests/t_rpc.sh \
	tests/t_run.sh \
	tests/t_signals.sh \
	tests/t_sockopts.sh \
	tests/t_systemd.sh \
	tests/t_tcp.sh \
	tests/t_tcpmux.sh \
	tests/t_udp_nowait.sh \
	tests/t_unix.sh \
	tests/t_valgrind.sh \
	tests/layers.sh \
	tests/lint_format.sh \
	tests/lint_man.sh \
	tests/lint_shell.sh

EXTRA_DIST += tests/run tests/lib.sh tests/systemd_manager.py tests/check_main.h tests/traffic.py tests/chance.h tests/conf_cases.h $(SHELL_TESTS)

# Calls of the master that fail on demand: for LD_PRELOAD.
check_PROGRAMS += tests/fault.so
tests_fault_so_SOURCES = tests/fault.c
tests_fault_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_fault_so_LDFLAGS = -shared
tests_fault_so_LDADD = -ldl
EXTRA_DIST += tests/harness.py tests/limits.py tests/access.py tests/handler_limits.py tests/faults.py tests/flood.py

EXTRA_DIST += tests/control.py

# A handler that tells what it was given.
check_PROGRAMS += tests/probe
tests_probe_LDADD =
# One handler for each kind of socket.
check_PROGRAMS += tests/handler
tests_handler_LDADD =

if HAVE_CHECK
check_PROGRAMS += $(CHECKS)
TESTS += $(CHECKS)
endif
TESTS += $(SHELL_TESTS)

AM_CPPFLAGS += -I$(top_srcdir)/tests $(CHECK_CFLAGS)
LDADD = src/libdoorward.a $(CHECK_LIBS)

# All speak TAP; tests/run bounds their time.
TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_COMPILER = $(BASH) $(top_srcdir)/tests/run
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(LOG_COMPILER)
AM_TESTS_ENVIRONMENT = \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	DOORWARD='$(abs_top_builddir)/src/doorward'; export DOORWARD; \
	UBSAN_OPTIONS="print_stacktrace=1:$$UBSAN_OPTIONS"; export UBSAN_OPTIONS;

# The fuzz target of the configuration: libFuzzer's with --enable-fuzzer, and a program
# that replays the corpus always.
tests_replay_conf_SOURCES = tests/fuzz_conf.c tests/fuzz_replay.c
tests_replay_conf_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"tests/corpus/conf"'
EXTRA_DIST += tests/corpus
if FUZZER
noinst_PROGRAMS += tests/fuzz_conf
tests_fuzz_conf_SOURCES = tests/fuzz_conf.c
tests_fuzz_conf_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
else
check_PROGRAMS += tests/replay_conf
TESTS += tests/replay_conf
endif
