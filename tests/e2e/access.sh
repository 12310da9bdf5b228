#!/usr/bin/env bash
# e2e/access.sh -- who may in: allow, deny, hosts.allow and hosts.deny
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/access.py"
