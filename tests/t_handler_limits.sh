#!/usr/bin/env bash
# t_handler_limits.sh -- handlers under control: timeout, rlimits, surroundings, stderr
. "$(dirname "$0")/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/handler_limits.py"
