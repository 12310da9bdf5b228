#!/usr/bin/env bash
# e2e/proxy.sh -- PROXY headers: whom they are believed from, what acts on the client they name, real HAProxy
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
python3 "$TESTS/proxy.py"
