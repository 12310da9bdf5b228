# Coverage: how much of the code the tests reach, in a build of its own.
EXTRA_DIST += tests/evidence/coverage.py tests/evidence/unreached

# Those that look at the tree or measure the build itself, and valgrind, reach nothing that others do not.
TESTS_UNCOUNTED = $(TESTS_OF_THE_TREE) tests/e2e/valgrind.sh tests/sentences/check.sh
COVERAGE_TESTS = $(filter-out $(TESTS_UNCOUNTED),$(TESTS))

if COVERAGE
# A folder for each test, so that it is known which lines it reaches: a mutant is shown to those tests alone.
COUNTED = counted='$(abs_top_builddir)/coverage/'`echo "$$f" | tr / .`; \
	$(MKDIR_P) "$$counted"; chmod 1777 "$$counted"; \
	LLVM_PROFILE_FILE="$$counted/%m%c.profraw"; export LLVM_PROFILE_FILE;

coverage: all
	$(MKDIR_P) coverage && chmod 1777 coverage && rm -f coverage/*/*.profraw
	-$(MAKE) check TESTS='$(COVERAGE_TESTS)'
	$(MAKE) coverage-report

# What has been counted so far: `make check TESTS=...` before it adds to that.
coverage-report:
	LLVM_COV='$(LLVM_COV)' LLVM_PROFDATA='$(LLVM_PROFDATA)' \
	python3 $(top_srcdir)/tests/evidence/coverage.py coverage $(top_srcdir) src/doorward src/doorwardctl $(check_PROGRAMS)

clean-local:
	rm -rf coverage
else
COUNTED =
coverage coverage-report:
	@echo 'make coverage: this build does not count; CC=clang ./configure --enable-coverage' >&2; exit 1
endif
.PHONY: coverage coverage-report

# Mutants: is each small wrong thing in the code seen by a test? COVERED: the folder of a `make coverage`.
EXTRA_DIST += tests/evidence/mutants.py tests/evidence/mutate.py tests/evidence/same
COVERED = $(abs_top_srcdir)/build-coverage/coverage
MUTANTS =
SEED = 1
MINUTES = 60

# One at a time, or `make mutants MUTANTS='-n 500 src/admit/admit.c'`; it goes on where it ended.
mutants: all
	$(MAKE) check TESTS=
	python3 $(srcdir)/tests/evidence/mutants.py -b . -c '$(COVERED)' -s $(SEED) -t $(MINUTES) $(MUTANTS)
.PHONY: mutants

# Undefined behaviour: Frama-C's EVA on the modules that decide.
EXTRA_DIST += tests/evidence/eva.py tests/evidence/alarms tests/evidence/eva
EVA =
eva: all
	python3 $(top_srcdir)/tests/evidence/eva.py $(top_srcdir) . $(EVA)

# Hours of everything at once: TIME in seconds. It wants a machine of its own: who waits half a minute has failed.
EXTRA_DIST += tests/evidence/soak.py
soak: all
	$(MAKE) check TESTS=
	PYTHONPATH=$(top_srcdir)/tests/lib python3 $(top_srcdir)/tests/evidence/soak.py -t $(TIME) .
.PHONY: eva soak
