#!/usr/bin/env bash
# t_faults.sh -- calls that fail and handlers that misbehave: no spin, no leak, recovery
. "$(dirname "$0")/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/faults.py"
