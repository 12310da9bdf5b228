#!/usr/bin/env bash
# e2e/tree.sh -- end = tree: nobody who descends from a handler is left, whatever he does against it
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/tree.py"
