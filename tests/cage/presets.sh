#!/usr/bin/env bash
# cage/presets.sh -- what a preset and its single keys do to a handler; the manual's lists of both
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname)" = Linux ] || skip_all "these layers are Linux's"
MANUAL=${abs_top_srcdir:-$(dirname "$0")/../..}/doc/doorward.conf.5

P=() && for _ in 1 2 3 4 5 6; do P+=("$(free_port)"); done
install -m 755 "$abs_top_builddir/tests/cage/prober" "$T/prober"
PERL="perl -e"
status="protocol = tcp4, exec = /bin/cat, args = cat /proc/self/status, user = $SOMEBODY"
cat >"$T/conf" <<EOF
127.0.0.1:${P[0]} on $status;
127.0.0.1:${P[1]} on $status, sandbox = basic;
127.0.0.1:${P[2]} on $status, sandbox = basic, no_new_privs = no;
127.0.0.1:${P[3]} on protocol = tcp4, exec = /bin/sh, args = sh -c 'ulimit -Hc', user = $SOMEBODY, sandbox = basic;
127.0.0.1:${P[4]} on $status, no_new_privs = yes, capabilities = none;
127.0.0.1:${P[5]} on protocol = tcp4, exec = $T/prober, args = prober session, user = $SOMEBODY, sandbox = basic;
EOF

ask() { tcp 127.0.0.1 "${P[$1]}"; }
field() { ask "$1" | sed -n "s/^$2:[[:blank:]]*//p"; }
start_doorward "$T/conf"

is "$(field 0 NoNewPrivs)" "$(sed -n 's/^NoNewPrivs:[[:blank:]]*//p' /proc/self/status)" "no sandbox: nothing is changed"
is "$(field 1 NoNewPrivs)" 1 "basic: no_new_privs"
for set in CapInh CapPrm CapEff CapAmb; do
	is "$(field 1 $set)" 0000000000000000 "basic: $set is empty"
done
if [ "$(id -u)" = 0 ]; then
	is "$(field 1 CapBnd)" 0000000000000000 "basic: so is the bounding set"
	is "$(field 2 CapBnd)" 0000000000000000 "without no_new_privs it is, too"
else
	is "$(field 2 CapBnd)" "" "a capability that could be had again: not started"
fi
is "$(ask 3)" 0 "basic: no core dump"
is "$(field 4 NoNewPrivs)$(field 4 CapEff)" 10000000000000000 "the keys alone do the same"
ok "basic: a session keyring of its own" [ "$(ask 5)" != "$(ask 5)" ]
stop_doorward

# --- strict ---------------------------------------------------------------------------------------------

# Each line is a trial in a shell of its own; "held", or what it printed.
try_all() { # KEYS: the trials of stdin through a handler with these keys
	local port
	port=$(free_port)
	echo "127.0.0.1:$port on protocol = tcp4, exec = /bin/sh, args = sh, user = $SOMEBODY, $1;" >"$T/strict"
	echo "127.0.0.1:$LISTENS on protocol = tcp4, exec = /bin/cat, user = $SOMEBODY;" >>"$T/strict"
	start_doorward "$T/strict"
	while IFS='|' read -r trial expected what; do
		is "$(tcp 127.0.0.1 "$port" "($trial) 2>/dev/null || echo held\n")" "$expected" "$what"
	done
	stop_doorward
}
mkdir "$T/w" "$T/r"
LISTENS=$(free_port)
BIND=$(free_port) # nobody has been there so far
chmod 777 "$T/w"
chmod 755 "$T" "$T/r"
echo text >"$T/r/file"
if "$DOORWARD" -t "$T/conf" >/dev/null && "$abs_top_builddir/tests/cage/prober" layers; then
	try_all "sandbox = strict" <<-EOF
		cat $T/r/file|held|strict: a file that nothing names cannot be read
		echo x >$T/w/x|held|strict: nothing can be written
		cat /etc/passwd >/dev/null; echo in|in|strict: /etc is readable, and /dev/null there
		kill -0 $$|held|strict: signals reach its own alone
		sleep 0 & kill -0 \$!; echo in|in|strict: which they do
		unshare -U true|held|strict: no namespaces
		$PERL 'socket(S,2,2,0) or exit 1'|held|strict: no sockets of udp
		$PERL 'socket(S,1,1,0) or exit 1'|held|strict: no unix sockets
	EOF
	try_all "sandbox = strict, readable = $T/r /etc, writable = $T/w, connect = udp ${P[0]}, bind_ports = $BIND" <<-EOF
		cat $T/r/file|text|readable
		echo x >$T/r/file|held|and not writable
		echo x >$T/w/x; cat $T/w/x|x|writable is readable, too
		$PERL 'socket(S,2,2,0) or exit 1; print 1'|1|connect = udp
		$PERL 'socket(S,2,1,262) or exit 1; print 1'|held|no sockets of mptcp, which Landlock does not see
		$PERL 'use Socket; socket(S,2,1,0); bind(S,sockaddr_in($BIND,INADDR_ANY)) or exit 1; print 1'|1|bind_ports
		$PERL 'use Socket; socket(S,2,1,0); bind(S,sockaddr_in(${P[2]},INADDR_ANY)) or exit 1; print 1'|held|another port cannot be bound
		$PERL 'use Socket; socket(S,2,1,0); connect(S,sockaddr_in(${P[2]},INADDR_LOOPBACK)) or exit 1; print 1'|held|nor connected to
		$PERL 'use Socket; socket(S,2,1,0); send(S,"x",0x20000000,sockaddr_in($LISTENS,INADDR_LOOPBACK)) or exit 1; print 1'|held|nor by the flag of send that does the same
	EOF
	try_all "executable = /usr /bin /lib /lib64, readable = $T/r /etc" <<-EOF
		cp /bin/true $T/w/true; $T/w/true|held|executable: nothing else can be run
		echo x >$T/w/y; echo in|in|and no key for writing: that is free
	EOF
	try_all "system_calls = !@chown kill" <<-EOF
		while read -r k v; do [ "\$k" = NoNewPrivs: ] && echo "\$v"; done </proc/self/status; true|1|what needs no_new_privs sets it
		sh -c 'chown 0 $T/w'; test \$? -gt 128 && echo killed|killed|system_calls: kill
	EOF
fi

"$DOORWARD" -t "$T/conf" >"$T/table"
is "$(grep -c 'sandbox=basic no_new_privs=no$' "$T/table")" 1 "a key overrides its preset in -t"
is "$(grep -c 'sandbox=basic$' "$T/table")" 3 "what a preset says by itself is not told"

# --- the manual ---------------------------------------------------------------------------------------

code() { "$abs_top_builddir/tests/lib/tables" "$1"; }
presets() {
	sed -n '/@presets/,/^\.Ed/p' "$MANUAL" | awk '/ = / {
		if (/^[a-z]/) { preset = $1; sub(/^[a-z]+ +/, "") }
		sub(/^ +/, "")
		print preset, $0 }'
}
layers() { sed -n '/^The layers, as messages/,/^\.El/s/^\.It Li \([a-z_]*\) Ta .*/\1/p' "$MANUAL"; }
is "$(presets)" "$(code presets)" "the manual has the presets of the code"
is "$(layers)" "$(code layers)" "and its layers"
done_testing
