#!/usr/bin/env bash
# cage/lacks.sh -- a layer that cannot be had: closed, with its name; or run without, and said, as `require` says
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname)" = Linux ] || skip_all "these layers are Linux's"
WITHOUT=$abs_top_builddir/tests/cage/without
"$WITHOUT" landlock /bin/true || skip_all "no filter of system calls here"
"$DOORWARD" -V | grep -q '^sanitizers: no$' || skip_all "the sanitizers' own handlers want more"

P=$(free_port) Q=$(free_port)
CTL=(--control="$T/ctl")
without() { # LAYER: start the daemon without it
	[ "$1" != nothing ] || { ln -sf "$DOORWARD_REAL" "$T/doorward" && return; }
	rm -f "$T/doorward"
	printf '#!/bin/sh\nexec %q %q %q "$@"\n' "$WITHOUT" "$1" "$DOORWARD_REAL" >"$T/doorward"
	chmod +x "$T/doorward"
}
DOORWARD_REAL=$DOORWARD
DOORWARD=$T/doorward

# lacks LAYER-OF-THE-KERNEL NAME KEYS
lacks() {
	local keys=$3
	without "$1"
	cat >"$T/conf" <<-EOF
		127.0.0.1:$P on protocol = tcp4, exec = /bin/echo, args = echo in, user = $SOMEBODY, $keys, require = yes;
		127.0.0.1:$Q on protocol = tcp4, exec = /bin/echo, args = echo in, user = $SOMEBODY, $keys, require = no;
	EOF
	"$DOORWARD" -t "$T/conf" >"$T/table" 2>"$T/told"
	is $? 78 "$1: -t fails"
	like "$(cat "$T/told")" ":1:.*error: \"$P\" stays closed without the layer \"$2\": " "$1: with require = yes -t has the layer's name"
	like "$(cat "$T/told")" ":2:.*warning: \"$Q\" runs without the layer \"$2\": " "$1: with require = no it warns"
	like "$(sed -n 1p "$T/table")" "closed_without=\"?([a-z_,]*,)?$2" "$1: the table has the closed one"
	like "$(sed -n 2p "$T/table")" "runs_without=\"?([a-z_,]*,)?$2" "$1: and the other"
	start_doorward "${CTL[@]}" "$T/conf"
	is "$(tcp 127.0.0.1 "$Q")" in "$1: with require = no it runs"
	is "$(tcp 127.0.0.1 "$P" 2>/dev/null)" "" "$1: with require = yes it is closed without a layer"
	ok "$1: the log has it" logged "stays closed without the layer \"$2\""
	like "$("$abs_top_builddir/src/doorwardctl" -s "$T/ctl" status "$P")" "closed \\(sandbox\\) .*sandbox: without ([a-z_,]*,)?$2" "$1: and status"
	like "$("$abs_top_builddir/src/doorwardctl" -s "$T/ctl" show "$Q")" "runs_without=\"?([a-z_,]*,)?$2" "$1: and show the other's"
	stop_doorward
}

without landlock
echo "127.0.0.1:$P on protocol = tcp4, exec = /bin/echo, args = echo in, user = $SOMEBODY;" >"$T/conf"
start_doorward "$T/conf"
echo "127.0.0.1:$P on protocol = tcp4, exec = /bin/echo, args = echo in, user = $SOMEBODY, readable = /usr, require = yes;" >"$T/conf"
reload
is "$(tcp 127.0.0.1 "$P")" in "a reload with it changes nothing"
stop_doorward
lacks landlock files "readable = /usr"
lacks landlock ports "connect = none"
lacks seccomp system_calls "system_calls = !@mount"
lacks namespaces mounts "private_tmp = 1m"
lacks namespaces pids "private_pids = yes"
lacks network network "private_network = yes"
lacks mount mounts "root = /"
[ -e /sys/fs/selinux/enforce ] || lacks nothing selinux "selinux_label = a_t"
[ -e /proc/self/attr/apparmor/exec ] || lacks nothing apparmor "apparmor_profile = a"
lacks nothing unix_paths "connect = unix:/dev/log"
done_testing
