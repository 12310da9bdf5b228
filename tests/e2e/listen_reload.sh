#!/usr/bin/env bash
# e2e/listen_reload.sh -- reloads while helpers look at the sockets of one handler: each socket is served afterwards
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/listen_reload.py"
