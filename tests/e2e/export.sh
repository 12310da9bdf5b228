#!/usr/bin/env bash
# e2e/export.sh -- doorwardctl export systemd: units that systemd takes, that say the same, and that come back the same
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
F=$T/conf
U=$(id -un)
G=$(id -gn)
cat >"$F" <<END
7001 stream tcp nowait $U /bin/cat cat -u
7002 stream tcp4 nowait.60 $U /usr/bin/env env FOO=100% \$HOME "a b"
7003 stream tcp6 nowait $U /bin/cat other-name
7004 stream tcp46 nowait $U /bin/cat
127.0.0.1,127.0.0.2,::1:7005 stream tcp nowait $U /bin/cat
7006 dgram udp4 wait $U /bin/cat
$T/socket stream unix nowait $U /bin/cat
$T/seq seqpacket unix nowait $U /bin/cat
7007 on name = many, socktype = stream, protocol = tcp6, user = $U, exec = /bin/sh, args = sh -c "echo \\"\$0\\" '%h' \\\\ \\x41",
	env = "A=b c" B=%d\$x, pass_env = FOO BAR, umask = 077, nice = 5, directory = /usr, rlimit_nofile = 100:200,
	rlimit_core = unlimited, timeout = 90s, timeout_signal = USR1, stderr = log, keepalive = 60/10/3, defer = 5s,
	nodelay = yes, accept_max = 0, source_max = 4, source_prefix = 32/128, allow = 10.0.0.0/8 ::1;
7008 on protocol = tcp4, user = $U, exec = /bin/cat, deny = 192.0.2.0/24, tos = 16, sndbuf = 64k, recvbuf = 32k,
	backlog = 7, freebind = yes, reuseport = yes, accept_max = 9, service_max = 100/m burst 10, stderr = null;
7009 on protocol = tcp4, user = $U, group = $G, exec = /bin/cat, rlimit_cpu = 10, linger = 3s, user_timeout = 9s;
7010 stream tcp4 wait $U /bin/cat
END
"$DOORWARD" -t "$F" >"$T/before" 2>"$T/problems" || note "$(cat "$T/problems")"
mkdir "$T/units"

# --- there and back ---
is "$("$CTL" export systemd -f "$F" -d "$T/units" 2>&1 | sed "s|$T/units/||" | head -n 2 | tr '\n' ' ')" \
	"7001-tcp.socket 7001-tcp@.service " "each file is told"
is "$(find "$T/units" -name '*.socket' | wc -l)" "$(wc -l <"$T/before")" "each entry has its unit"
: >"$T/back"
for unit in "$T"/units/*.socket; do "$CTL" import systemd "$unit" >>"$T/back" 2>>"$T/import.err" || note "$unit: $(cat "$T/import.err")"; done
"$DOORWARD" -t "$T/back" >"$T/after.all" 2>"$T/problems"
# linger and user_timeout cannot be said there: without them nobody gets in who did not.
sed -E 's/ (linger|user_timeout)=[^ ]*//g' "$T/before" | sort >"$T/wanted"
sort "$T/after.all" >"$T/after"
is "$(diff "$T/wanted" "$T/after")" "" "import gives the same entries back"
if command -v systemd-analyze >/dev/null; then
	systemd-analyze verify --man=no "$T"/units/*.socket >"$T/verified" 2>&1
	is "$? $(grep -v 'Special user nobody' "$T/verified")" "0 " "systemd-analyze verify has nothing to say"
else
	skip "no systemd-analyze"
fi
unit() { cat "$T/units/$1"; }
# shellcheck disable=SC2016 # systemd's dollars
like "$(unit many@.service)" '^ExecStart=-@"/bin/sh" "sh" "-c" "echo \\"\$\$0\\" .%%h. \\\\ A"$' "words are quoted as systemd reads them"
like "$(unit many.socket)" '^MaxConnections=4294967295$' "no limit is said"
like "$(unit 7001-tcp.socket)" '^MaxConnections=256$' "and so is the usual one, which is another one there"
like "$(unit 7006-udp4.service)" '^StartLimitIntervalSec=0$' "a wait service may be started as often as clients come"
like "$(unit 7009-tcp4.socket)" '^# user_timeout: systemd has no such key' "what does not matter is a comment"

# --- never wider ---
cat >"$F" <<END
7001 on protocol = tcp4, user = $U, exec = /bin/cat, ip_max = 30;
7002 on protocol = tcp4, user = $U, exec = /bin/cat, allow = 10.0.0.0/8, deny = 10.1.0.0/16;
7003 on protocol = tcp6, user = $U, exec = /bin/cat, source_max = 3;
$T/uid on protocol = unix, user = $U, exec = /bin/cat, allow = uid:0;
7005 on protocol = tcp4, user = $U, exec = /bin/cat, proxy = 127.0.0.0/8;
END
rm -r "$T/units"
mkdir "$T/units"
"$CTL" export systemd -f "$F" -d "$T/units" >"$T/out" 2>"$T/said"
is "$?" 0 "what cannot be said the same"
is "$(grep -lx 'AssertPathExists=!/' "$T"/units/*.socket "$T"/units/*.service | wc -l)" 10 "... does not start"
like "$(cat "$T/said")" '^doorward: 7001-tcp4.socket refuses to start:$' "... that is told"
like "$(cat "$T/said")" '^# ip_max: systemd does not count' "... and why"
: >"$T/back"
for unit in "$T"/units/*.socket; do "$CTL" import systemd "$unit" >>"$T/back" 2>&1; done
is "$("$DOORWARD" -t "$T/back" 2>&1)" "0 services" "... and comes back switched off"
"$CTL" export systemd -f "$F" 7001 >"$T/out" 2>&1
is "$?" 1 "asked for by its name it is a failure"
cat >"$F" <<END
7006 on protocol = tcp4, user = $U, exec = /bin/cat, sandbox = basic, capabilities = chown, private_network = yes, private_tmp = 1m;
END
out=$("$CTL" export systemd -f "$F" 2>&1)
for line in NoNewPrivileges=yes 'AmbientCapabilities=CAP_CHOWN ' KeyringMode=private PrivateNetwork=yes PrivateTmp=yes; do
	like "$out" "^$line\$" "what keeps a handler in: $line"
done
cat >"$F" <<END
7006 on protocol = tcp4, user = $U, exec = /bin/cat, readable = /usr;
END
like "$("$CTL" export systemd -f "$F" 2>&1)" "refuses to start" "what systemd has no word for keeps the unit from starting"
cat >"$F" <<END
echo stream tcp nowait $U internal
7004 dgram udp4 nowait $U /bin/cat
tcpmux/x stream tcp nowait $U /bin/cat
7005 off protocol = tcp4, user = $U, exec = /bin/cat;
END
out=$("$CTL" export systemd -f "$F" 2>&1)
is "$?" 0 "what cannot be a unit"
like "$out" '^# echo is builtin: systemd has no such service' "... is a comment: a builtin"
like "$out" '^# A nowait service of datagrams' "... datagrams, a handler for each peer"
like "$out" '^# tcpmux: systemd has none' "... tcpmux"
unlike "$out" 7005 "what is off is not exported"
like "$("$CTL" export systemd -f "$F" 7005 2>&1)" '^### 7005-tcp4.socket$' "... but by its name, to standard output"
"$CTL" export systemd -f "$F" echo >"$T/out" 2>"$T/said"
is "$? $(grep -c builtin "$T/said")" "1 1" "a builtin by its name: refused, with the reason"
"$CTL" export systemd -f "$F" nosuch >"$T/out" 2>"$T/said"
is "$? $(cat "$T/said")" '1 doorward: no entry is named "nosuch"' "no such entry"

# --- several sockets, one handler ---
cat >"$F" <<END
trio on listen = tcp4:7001 udp4:7002 $T/trio, names = main main main, handoff = listen_fds, wait = yes, user = $U, exec = /bin/cat,
	unix_mode = 0600, stderr = log;
quartet on listen = tcp46:7003 tcp6only:7004 udp:7005 stream:$T/quartet, names = a a b a, handoff = listen_fds, wait = yes, user = $U,
	exec = /bin/cat, stdout = log;
7006 on protocol = tcp4, user = $U, exec = /bin/cat, handoff = listen_fds, wait = yes;
7007 on protocol = tcp4, user = $U, exec = /bin/cat, handoff = listen_fds;
END
rm -r "$T/units"
mkdir "$T/units"
"$CTL" export systemd -f "$F" -d "$T/units" >"$T/out" 2>"$T/said"
is "$?$(cat "$T/said")" "0" "several sockets of one handler: they are exported"
is "$(cd "$T/units" && echo *)" \
	"7006.service 7006.socket 7007.socket 7007@.service quartet-2.socket quartet-3.socket quartet.service quartet.socket trio.service trio.socket" \
	"several sockets of one handler: a service, a socket unit for each name"
is "$(grep -h '^Sockets=' "$T"/units/*)" "Sockets=quartet.socket quartet-2.socket quartet-3.socket" "... which the service names"
is "$(grep -l '^Service=quartet.service$' "$T"/units/* | wc -l)" 2 "... and which name it"
is "$(grep -E '^(Listen|File)' "$T/units/trio.socket" | tr '\n' ' ')" \
	"ListenStream=0.0.0.0:7001 ListenDatagram=0.0.0.0:7002 ListenStream=$T/trio FileDescriptorName=main " "... in the order of the entry"
if command -v systemd-analyze >/dev/null; then
	systemd-analyze verify --man=no "$T"/units/*.socket >"$T/verified" 2>&1
	is "$? $(grep -v 'Special user nobody' "$T/verified")" "0 " "... systemd-analyze verify has nothing to say"
else
	skip "no systemd-analyze"
fi
"$DOORWARD" -t "$F" 2>/dev/null | grep -E '^(trio|7006|7007)' | sed 's/ names=[^ ]*//' | sort >"$T/wanted"
for unit in trio 7006 7007; do "$CTL" import systemd "$T/units/$unit.socket"; done >"$T/back" 2>"$T/said"
"$DOORWARD" -t "$T/back" 2>&1 | sed 's/ names=[^ ]*//' | sort >"$T/after"
is "$(diff "$T/wanted" "$T/after")" "" "... import gives the same entries back"

# --- files ---
cat >"$F" <<END
echo stream tcp nowait $U internal
7005 off protocol = tcp4, user = $U, exec = /bin/cat;
END
rm -f "$T"/units/*
echo "somebody's own" >"$T/units/7005-tcp4.socket"
"$CTL" export systemd -f "$F" -d "$T/units" 7005 >"$T/out" 2>&1
is "$? $(cat "$T/units/7005-tcp4.socket")" "1 somebody's own" "a unit of somebody else's is left as it is"
rm "$T/units/7005-tcp4.socket"
"$CTL" export systemd -f "$F" -d "$T/units" 7005 >"$T/out" 2>&1
"$CTL" export systemd -f "$F" -d "$T/units" 7005 >"$T/out" 2>&1
is "$? $(find "$T/units" -name '*.new')" "0 " "our own is written again"
"$CTL" export systemd -f "$F" -d "$T/none" 7005 >"$T/out" 2>&1
is "$?" 1 "a folder that is not there"
"$CTL" export upstart >"$T/out" 2>&1
is "$?" 64 "another system"
done_testing
