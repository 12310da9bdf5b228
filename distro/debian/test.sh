#!/bin/bash
# test.sh -- build the Debian package, and install, upgrade, remove and purge it in a folder
#
# As root on a Debian, with debootstrap, debhelper, dpkg-dev and the network. DEBIAN_BASE names a
# folder that debootstrap has filled already, SUITE the release (bookworm). Prints what it does,
# with seconds; the last line says how it ended.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
SUITE=${SUITE:-bookworm}
work=$(mktemp -d "${TMPDIR:-/tmp}/doorward-debian.XXXXXX")
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT # KEEP=1 keeps the folder
say() { printf '== %3d s  %s\n' "$SECONDS" "$*"; }

[ "$(id -u)" = 0 ] || { echo "test.sh: only root can fill a folder with debootstrap" >&2; exit 77; }
for tool in debootstrap dpkg-buildpackage dh unshare; do
	command -v $tool >/dev/null || { echo "test.sh: $tool is missing" >&2; exit 77; }
done

say "copying the tree"
mkdir "$work/doorward"
if [ -e "$top/.git" ]; then
	(cd "$top" && git ls-files -coz --exclude-standard | while IFS= read -r -d '' f; do
		[ -e "$f" ] && printf '%s\0' "$f"; done | tar -c --null -T -) | tar -xC "$work/doorward"
else
	tar -C "$top" -c . | tar -xC "$work/doorward"
fi
mv "$work/doorward/distro/debian" "$work/doorward/debian"

say "dpkg-buildpackage -us -uc -b"
(cd "$work/doorward" && DEB_BUILD_OPTIONS="nocheck parallel=2 noautodbgsym" dpkg-buildpackage -us -uc -b -d) \
	>"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log"; exit 1; }
deb=$(ls "$work"/doorward_*.deb)
dpkg-deb -I "$deb" | sed -n '/^ Package/,$p'
dpkg-deb -c "$deb" | awk '{print $1, $6, $7, $8}' | grep -v '^d'

say "the next version, for the upgrade"
dpkg-deb -R "$deb" "$work/next"
sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/next" "$work/next.deb" >/dev/null

root=$work/root
if [ -n "${DEBIAN_BASE:-}" ]; then
	say "copying $DEBIAN_BASE"
	cp -a "$DEBIAN_BASE" "$root"
else
	say "debootstrap $SUITE"
	debootstrap --variant=minbase "$SUITE" "$root" >"$work/debootstrap.log" 2>&1 ||
		{ tail -n 20 "$work/debootstrap.log"; exit 1; }
fi
say "what the package depends on"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
in_root sh -c 'apt-get update -qq && apt-get install -qq -y --no-install-recommends update-inetd netbase procps &&
	apt-get install -qq -y --no-install-recommends --download-only openbsd-inetd' >"$work/apt.log" 2>&1 ||
	{ tail -n 20 "$work/apt.log"; exit 1; }
# invoke-rc.d starts nothing where there is no init, unless a policy allows it.
printf '#!/bin/sh\nexit 0\n' >"$root/usr/sbin/policy-rc.d"
printf '#!/bin/sh\necho N 2\n' >"$root/usr/sbin/runlevel"
chmod 755 "$root/usr/sbin/runlevel"
cp "$deb" "$root/root/doorward.deb"
cp "$work/next.deb" "$root/root/next.deb"
cp "$(dirname "$0")/test-inside.sh" "$root/root/test-inside.sh"

# In namespaces of its own: its processes end with it, and its ports are not this machine's.
say "in the folder"
# shellcheck disable=SC2016 # for the inner shell
unshare --mount --pid --net --uts --ipc --fork --kill-child bash -c '
	mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" &&
	{ ip link set lo up 2>/dev/null || python3 -c "import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\"16sH14x\", b\"lo\", 0x49))"; } &&
	exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive \
		bash /root/test-inside.sh' bash "$root"
say "done"
