#!/usr/bin/env bash
# e2e/limits.sh -- limits: reached, exceeded, released, with exact counts
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/limits.py"
