# The fuzz targets, one for each parser: libFuzzer's with --enable-fuzzer, and a program for each that replays
# its corpus always.
FUZZED = conf control environment errlog ident mux packet proxy rows sections state unit
EXTRA_DIST += tests/corpus tests/fuzz/fuzz.py
noinst_HEADERS = tests/fuzz/imported.h tests/fuzz/master.h

FUZZED_IMPORT = \
	src/ctl/ctl.c src/ctl/terminal.c src/ctl/import/definition.c src/ctl/import/net.c src/ctl/import/words.c \
	src/ctl/import/systemd.c src/ctl/import/systemd_cage.c src/ctl/import/systemd_exec.c src/ctl/import/systemd_rows.c \
	src/ctl/import/systemd_service.c src/ctl/import/systemd_socket.c src/ctl/import/systemd_unit.c \
	src/ctl/import/xinetd.c src/ctl/import/xinetd_access.c src/ctl/import/xinetd_attr.c \
	src/ctl/import/xinetd_entry.c src/ctl/import/xinetd_map.c src/ctl/import/xinetd_value.c
FUZZED_ROWS = src/ctl/ctl.c src/ctl/ask.c src/ctl/rows.c src/ctl/terminal.c

tests_fuzz_replay_conf_SOURCES = tests/fuzz/conf.c tests/fuzz/replay.c
tests_fuzz_replay_control_SOURCES = tests/fuzz/control.c tests/fuzz/replay.c
tests_fuzz_replay_environment_SOURCES = tests/fuzz/environment.c tests/fuzz/replay.c
tests_fuzz_replay_errlog_SOURCES = tests/fuzz/errlog.c tests/fuzz/replay.c
tests_fuzz_replay_ident_SOURCES = tests/fuzz/ident.c tests/fuzz/replay.c
tests_fuzz_replay_mux_SOURCES = tests/fuzz/mux.c tests/fuzz/replay.c
tests_fuzz_replay_packet_SOURCES = tests/fuzz/packet.c tests/fuzz/replay.c
tests_fuzz_replay_proxy_SOURCES = tests/fuzz/proxy.c tests/fuzz/replay.c
tests_fuzz_replay_rows_SOURCES = tests/fuzz/rows.c tests/fuzz/replay.c $(FUZZED_ROWS)
tests_fuzz_replay_state_SOURCES = tests/fuzz/state.c tests/fuzz/replay.c
tests_fuzz_replay_unit_SOURCES = tests/fuzz/unit.c tests/fuzz/replay.c $(FUZZED_IMPORT)
tests_fuzz_replay_sections_SOURCES = tests/fuzz/sections.c tests/fuzz/replay.c $(FUZZED_IMPORT)

if FUZZER
noinst_PROGRAMS += \
	tests/fuzz/fuzz_conf tests/fuzz/fuzz_control tests/fuzz/fuzz_environment tests/fuzz/fuzz_errlog \
	tests/fuzz/fuzz_ident tests/fuzz/fuzz_mux tests/fuzz/fuzz_packet tests/fuzz/fuzz_proxy tests/fuzz/fuzz_rows \
	tests/fuzz/fuzz_state tests/fuzz/fuzz_unit tests/fuzz/fuzz_sections
FUZZ_LINK = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/conf.c
tests_fuzz_fuzz_conf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/control.c
tests_fuzz_fuzz_control_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_environment_SOURCES = tests/fuzz/environment.c
tests_fuzz_fuzz_environment_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_errlog_SOURCES = tests/fuzz/errlog.c
tests_fuzz_fuzz_errlog_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_ident_SOURCES = tests/fuzz/ident.c
tests_fuzz_fuzz_ident_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mux_SOURCES = tests/fuzz/mux.c
tests_fuzz_fuzz_mux_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_packet_SOURCES = tests/fuzz/packet.c
tests_fuzz_fuzz_packet_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_proxy_SOURCES = tests/fuzz/proxy.c
tests_fuzz_fuzz_proxy_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_rows_SOURCES = tests/fuzz/rows.c $(FUZZED_ROWS)
tests_fuzz_fuzz_rows_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/state.c
tests_fuzz_fuzz_state_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_unit_SOURCES = tests/fuzz/unit.c $(FUZZED_IMPORT)
tests_fuzz_fuzz_unit_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_sections_SOURCES = tests/fuzz/sections.c $(FUZZED_IMPORT)
tests_fuzz_fuzz_sections_LDFLAGS = $(FUZZ_LINK)
else
FUZZ_REPLAYS = \
	tests/fuzz/replay_conf tests/fuzz/replay_control tests/fuzz/replay_environment tests/fuzz/replay_errlog \
	tests/fuzz/replay_ident tests/fuzz/replay_mux tests/fuzz/replay_packet tests/fuzz/replay_proxy \
	tests/fuzz/replay_rows tests/fuzz/replay_state tests/fuzz/replay_unit tests/fuzz/replay_sections
check_PROGRAMS += $(FUZZ_REPLAYS)
TESTS += $(FUZZ_REPLAYS)
endif

# All of them, a while each by turns, for TIME seconds together; what is found stays in the build's fuzz/.
TIME = 600
if FUZZER
fuzz: all
	python3 $(top_srcdir)/tests/fuzz/fuzz.py -t $(TIME) $(top_srcdir)/tests/corpus $(FUZZED)
else
fuzz:
	@echo 'make fuzz: this build has no fuzzer; CC=clang ./configure --enable-fuzzer' >&2; exit 1
endif
.PHONY: fuzz
