# The benchmark. Nothing here is built or run by `make' or `make check'.
BENCH_TOOLS = tests/bench/load tests/bench/floor tests/bench/handler
EXTRA_PROGRAMS += $(BENCH_TOOLS)
CLEANFILES += $(BENCH_TOOLS)

EXTRA_DIST += tests/bench/run.py tests/bench/servers.py tests/bench/report.py tests/bench/peers.sh

tests_bench_load_SOURCES = tests/bench/load.c tests/bench/load.h tests/bench/drive.c \
	tests/bench/tally.c
tests_bench_load_LDADD =
tests_bench_floor_SOURCES = tests/bench/floor.c
tests_bench_floor_LDADD =
tests_bench_handler_SOURCES = tests/bench/handler.c
tests_bench_handler_LDADD =
tests_bench_handler_LDFLAGS = -static

RUN_BENCH = DOORWARD='$(abs_top_builddir)/src/doorward' python3 $(top_srcdir)/tests/bench/run.py \
	--bin tests/bench

# The table and the plot of doc/bench; half an hour. Options: make bench BENCH_FLAGS='--only hot'.
bench: src/doorward $(BENCH_TOOLS)
	$(RUN_BENCH) --out $(top_srcdir)/doc/bench $(BENCH_FLAGS)

# Under two minutes, printed only.
bench-quick: src/doorward $(BENCH_TOOLS)
	$(RUN_BENCH) --quick $(BENCH_FLAGS)

.PHONY: bench bench-quick
