#!/usr/bin/env bash
# e2e/flood.sh -- floods: the others are served, the log and the memory stay small
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/flood.py"
