#!/usr/bin/env bash
# e2e/calls.sh -- the master makes no system call that could wait, but those that doc/waits.md accounts for
. "$(dirname "$0")/../lib/lib.sh"
command -v strace >/dev/null || skip_all "no strace here"
strace -D -o "$T/try" true 2>/dev/null || skip_all "strace may not trace here"
grep -q '^sanitizers: no' <("$DOORWARD" -V) || skip_all "a sanitizer makes calls of its own"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/calls.py"
