#!/usr/bin/env bash
# e2e/handler_limits.sh -- handlers under control: timeout, rlimits, surroundings, stderr
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/handler_limits.py"
