#!/usr/bin/env bash
# e2e/presence.sh -- idle, hangup, end: a handler whose client is silent, or gone
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/presence.py"
