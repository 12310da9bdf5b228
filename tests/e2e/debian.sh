#!/usr/bin/env bash
# e2e/debian.sh -- the Debian package, through install, upgrade, remove and purge in a debootstrap folder
#
# distro/debian/test.sh takes minutes, the network and root, so it runs when DEBIAN_TEST=1 asks for it.
. "$(dirname "$0")/../lib/lib.sh"
: "${abs_top_srcdir:?}" # lib.sh sets it

[ "${DEBIAN_TEST:-}" = 1 ] || skip_all "DEBIAN_TEST=1 runs distro/debian/test.sh (minutes, root, the network)"
"$abs_top_srcdir/distro/debian/test.sh" >"$T/log" 2>&1
status=$?
[ $status != 77 ] || skip_all "$(tail -n 1 "$T/log")"
while read -r line; do
	case $line in
	*' s  ok '*) pass "${line#* s  ok *}" ;;
	*' s  NOT OK '*) fail "${line#* s  NOT OK *}" ;;
	*) note "$line" ;;
	esac
done <"$T/log"
is $status 0 "distro/debian/test.sh went to its end"
done_testing
