#!/bin/sh
# peers.sh CACHE -- fetch the other servers from Debian into CACHE and unpack them there, so that
# none of them is installed or started. What cannot be had is left out. Also gnuplot, if root.
set -u

cache=${1:?usage: peers.sh cache-directory}
mkdir -p "$cache/deb" "$cache/root" || exit 1
cd "$cache/deb" || exit 1

have() {
    command -v "$1" >/dev/null 2>&1
}

if ! have apt-get || ! have dpkg; then
    echo "peers.sh: no apt here: only servers that are installed take part" >&2
    exit 0
fi

# One package, unpacked once; the file that marks it done holds its version.
unpack() {
    [ -f "$cache/$1.done" ] && return 0
    timeout 120 apt-get -qq download "$1" >/dev/null 2>&1 || return 1
    for deb in "$1"_*.deb; do
        dpkg -x "$deb" "$cache/root" || return 1
        deb=${deb#*_}
        printf '%s\n' "${deb%_*.deb}" >"$cache/$1.done"
    done
}

# Libraries come along only where the system lacks them.
need_library() {
    ldconfig -p 2>/dev/null | grep -q "$1" || unpack "$2"
}

updated=
for package in ucspi-tcp openbsd-inetd inetutils-inetd xinetd; do
    if ! unpack "$package"; then
        if [ -z "$updated" ] && [ "$(id -u)" -eq 0 ]; then
            timeout 300 apt-get -qq update >/dev/null 2>&1
            updated=yes
        fi
        unpack "$package" || echo "peers.sh: $package cannot be had, left out" >&2
    fi
done
need_library libwrap.so.0 libwrap0
need_library libbsd.so.0 libbsd0
need_library libmd.so.0 libmd0
need_library libtirpc.so.3 libtirpc3
need_library libevent-2.1.so.7 libevent-2.1-7
need_library libselinux.so.1 libselinux1

if ! have gnuplot && [ "$(id -u)" -eq 0 ]; then
    timeout 600 apt-get -qq install -y --no-install-recommends gnuplot-nox >/dev/null 2>&1 ||
        echo "peers.sh: gnuplot cannot be had, no plot" >&2
fi
exit 0
