#!/usr/bin/env bash
# t_access.sh -- who may in: allow, deny, hosts.allow and hosts.deny
. "$(dirname "$0")/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/access.py"
