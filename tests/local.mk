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
	tests/t_tcp.sh \
	tests/layers.sh \
	tests/lint_format.sh \
	tests/lint_man.sh \
	tests/lint_shell.sh

EXTRA_DIST += tests/run tests/check_main.h $(SHELL_TESTS)

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
