#!/usr/bin/env bash
# e2e/faults.sh -- calls that fail and handlers that misbehave: no spin, no leak, recovery
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/faults.py"
