#!/usr/bin/env bash
# hostile/udp.sh -- datagrams that come back, cannot be put back, or were forged: nothing spins, the others are served
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# A network of its own, and root's rights in it.
[ "${WAY:=put back}" != ordinary ] || command -v setpriv >/dev/null || skip_all "no setpriv here"
unshares=("unshare -nm" "unshare -rnm")
for own in "${unshares[@]}"; do
	$own ip link add name probe0 type veth peer name probe1 2>/dev/null && break
	own=
done
[ -n "$own" ] || skip_all "no network namespace of our own"
export WAY OWN=$own T DOORWARD SOMEBODY abs_top_builddir DEADLINE
install -m 755 "$abs_top_builddir/tests/lib/handler" "$T/handler" || exit 99
$own python3 "$abs_top_srcdir/tests/hostile/udp.py"
