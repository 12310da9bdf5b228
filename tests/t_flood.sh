#!/usr/bin/env bash
# t_flood.sh -- floods: the others are served, the log and the memory stay small
. "$(dirname "$0")/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/flood.py"
