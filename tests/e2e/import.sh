#!/usr/bin/env bash
# e2e/import.sh -- doorwardctl import: xinetd's configuration and systemd's units become definitions
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
cp -r "$abs_top_srcdir/tests/corpus/xinetd" "$abs_top_srcdir/tests/corpus/systemd" "$T"
sed -i "s|@HERE@|$T/xinetd|" "$T/xinetd/xinetd.conf"
# shellcheck disable=SC2317 # called by ok
checks() { "$DOORWARD" -t "$1" >"$T/table" 2>"$T/problems"; }
# The entry that starts with this line, down to its semicolon, with the comments before it.
entry() { awk -v want="$2" 'BEGIN { RS = "" } { n = split($0, l, "\n"); for (i = 1; i <= n; i++) if (l[i] == want) print }' "$1"; }
has() { # file, entry, then regexes that it must match
	local text
	text=$(entry "$1" "$2")
	shift 2
	for want; do like "$text" "$want" "  $want"; done
}

### xinetd
X=$T/from-xinetd
ok "xinetd: it is read" bash -c "'$CTL' import xinetd '$T/xinetd/xinetd.conf' >'$X' 2>'$T/err'"
is "$(cat "$T/err")" "" "xinetd: without a complaint"
ok "xinetd: doorward -t takes the result" checks "$X"
note "$(cat "$T/problems")"
unlike "$(cat "$X")" ignored "xinetd: names with a dot are passed over"
note "a plain one: defaults, +=, -="
has "$X" "20020 on" 'xinetd.conf:18: service unlisted' 'protocol = tcp4,' 'exec = /bin/cat,' 'args = cat -u -,' \
	'user = nobody,' 'bind = 127.0.0.1,' 'nice = 5,' 'env = GREETING=hello COLOUR=blue,' 'pass_env = PATH TZ LANG' \
	'nodelay = yes,' 'keepalive = yes' 'rlimit_as = 64M' 'rlimit_cpu = 20,' 'rlimit_nofile = 100,' 'rlimit_stack = unlimited' \
	'accept_max = 60' 'source_max = 10' 'service_max = 25/s' 'umask = 027' 'deny = 192.0.2.66,' 'allow = 127.0.0.1 2001:db8::/32;'
note "builtins"
has "$X" "echo on" 'id echo-stream' 'allow = 10.1.0.0/16 10.2.0.0/16 10.3.0.0/16 10.9.8.0/24;' 'umask: no matter for a builtin'
has "$X" "10007 on" 'protocol = udp,' 'wait = yes,' 'builtin = echo,'
has "$X" "chargen off" 'id chargen-dgram' 'protocol = udp'
has "$X" "# 10099 on" 'INTERNAL servers: .*doorwardctl status'
has "$X" "tcpmux on" 'protocol = tcp,'
note "no equivalent"
has "$X" "ftp off" 'access_times = 2:00-8:59 12:00-23:59: .*cron' 'It is off until you decide' 'banner = /etc/motd: ' \
	'banner_fail = ' 'max_load = 2.5: ' 'log_on_success = .*one log' 'accept_max = 0' 'args = in.ftpd -l -a,'
has "$X" "# 10080 on" 'redirect: .*TCP:192.0.2.80:8080'
has "$X" "# 10023 on" 'flag SENSOR: ' 'deny_time = 60: '
has "$X" "10081 off" 'flag IDONLY: ' 'flag INTERCEPT: ' 'flag NORETRY: ' 'mdns = yes: '
has "$X" "10086 off" 'flag LABELED: '
has "$X" "10082 off" 'only_from .example.org: .*never by name' 'no_access bad.example.org: ' 'allow = 198.51.100.0/24;'
has "$X" "10083 on" 'deny = 0.0.0.0/0 ::/0'
has "$X" "# 10084 on" 'no user "no-such-user-here"'
has "$X" "# no-such-service-name on" 'services\(5\) has no tcp service' 'colour is not in xinetd.conf\(5\)'
note "kinds"
has "$X" "tcpmux/greet on" 'exec = /bin/cat,'
has "$X" "tcpmux/+greet-plus on" 'bind: a tcpmux service has no address'
like "$(cat "$X")" '^(# )?400001/2-4 o' "  an RPC service by its number"
has "$X" "tftp off" 'args = in.tftpd -s /srv/tftp,' 'only the program knows the peers'
has "$X" "10085 on" 'args = /bin/cat -u,' 'protocol = tcp46,' 'bind = ::1'
like "$(cat "$T/table")" '^20020 stream tcp4 nowait nobody(:[a-z]+)? /bin/cat 127.0.0.1:20020 args="cat -u -"' "the table has what was meant"
unlike "$(cat "$T/table")" '^(10081|10082|ftp) ' "what would be open wider is not served"

for broken in "service x" "attr = 1" "service y {
	user root
}" "include $T/missing"; do
	echo "$broken" >"$T/broken"
	ok "a broken file is told: ${broken%%$'\n'*}" bash -c "'$CTL' import xinetd '$T/broken' >/dev/null 2>'$T/err'; [ \$? = 78 ] && [ -s '$T/err' ]"
done
echo "include $T/loop" >"$T/loop"
ok "files that include each other come to an end" bash -c "'$CTL' import xinetd '$T/loop' 2>&1 >/dev/null | grep -q 'too deeply'"
ok "a folder that is not there is told" bash -c "'$CTL' import xinetd '$T/missing' >/dev/null 2>&1; [ \$? = 78 ]"

# Every attribute of xinetd.conf(5) is known to the table.
for attribute in id type flags disable socket_type protocol wait user group instances nice server server_args libwrap \
	only_from no_access access_times log_type log_on_success log_on_failure rpc_version rpc_number env passenv port redirect \
	bind interface banner banner_success banner_fail per_source cps max_load groups mdns umask rlimit_as rlimit_files rlimit_cpu \
	rlimit_data rlimit_rss rlimit_stack deny_time v6only; do
	printf 'service 9\n{\n\tsocket_type = stream\n\twait = no\n\tuser = nobody\n\tserver = /bin/cat\n\t%s = 1\n}\n' "$attribute"
done >"$T/every"
unlike "$("$CTL" import xinetd "$T/every" | grep ' is not in ')" '^# [a-z_]+ is' "every attribute is known"

if [ -d /etc/xinetd.d ]; then
	ok "this machine's own is read" bash -c "'$CTL' import xinetd /etc/xinetd.conf >'$T/own'"
	ok "and taken" checks "$T/own"
fi

### systemd
Y=$T/from-systemd
ok "systemd: a unit with Accept=yes" bash -c "'$CTL' import systemd '$T/systemd/finger.socket' >'$Y'"
if [ "$ME" = root ]; then
	ok "systemd: doorward -t takes the result" checks "$Y"
else
	skip "doorward -t of another user's entries: needs root"
fi
note "$(cat "$T/problems")"
has "$Y" "79 on" 'protocol = tcp,' 'wait = no,' 'exec = /usr/bin/env,' 'args = env "a b" "c;d" "e f",' 'user = nobody,' \
	'stderr = log,' 'env = "NAME=two words" PLAIN=yes MORE=1,' 'pass_env = TZ LANG,' 'umask = 0077,' 'nice = 3,' \
	'rlimit_nofile = 64:128,' 'rlimit_as = 1G,' 'rlimit_core = 0,' 'timeout = 90s,' 'directory = /tmp,' 'accept_max = 40,' \
	'source_max = 4,' 'service_max = 25/s burst 50,' 'backlog = 64,' 'freebind = yes' 'keepalive = yes' 'nodelay = yes' \
	'allow = 127.0.0.0/8 ::1 192.0.2.0/24;' 'Transparent=yes: ' 'ProtectSystem=strict: '
has "$Y" "10079 on" 'protocol = tcp4,' 'bind = 127.0.0.1,'
has "$Y" "10078 on" 'protocol = tcp6,' 'bind = ::1,'
has "$Y" "/run/finger.socket on" 'protocol = unix,' 'unix_user = nobody,' 'unix_mode = 0660,'
unlike "$(entry "$Y" "/run/finger.socket on")" 'allow|keepalive|freebind' "  what is for IP only is left out"
ok "systemd: a unit with Accept=no" bash -c "'$CTL' import systemd '$T/systemd/cache.socket' >'$Y'"
if [ "$ME" = root ]; then
	ok "systemd: doorward -t takes the result" checks "$Y"
else
	skip "doorward -t of another user's entries: needs root"
fi
has "$Y" "10070 on" 'protocol = tcp6' 'wait = yes,' 'exec = /bin/sh,' 'LISTEN_PID=' '/bin/cat /etc/hostname,' 'user = root,' \
	'Type=notify: ' 'Restart=always: ' 'backlog = 7'
unlike "$(cat "$Y")" ExecStartPost "a drop-in takes a line back"
has "$Y" "/run/cache.seq on" 'socktype = seqpacket,'
is "$(grep -c '^# - on' "$Y")" 3 "no FIFO, abstract name or vsock"
ok "a unit that is not there is told" bash -c "'$CTL' import systemd nosuch.socket >/dev/null 2>&1; [ \$? = 78 ]"

### the arrangement for programs that expect descriptor 3 works
P=$(free_port)
cat >"$T/handler.py" <<'EOF'
import os, socket, sys
assert os.environ["LISTEN_FDS"] == "1" and int(os.environ["LISTEN_PID"]) == os.getpid()
c = socket.socket(fileno=3)
c.sendall(b"descriptor 3\n")
EOF
mkdir "$T/units"
printf '[Socket]\nListenStream=127.0.0.1:%s\nAccept=yes\n' "$P" >"$T/units/three.socket"
printf '[Service]\nExecStart=python3 %s\nUser=%s\n' "$T/handler.py" "$(id -un)" >"$T/units/three@.service"
"$CTL" import systemd "$T/units/three.socket" >"$T/three"
start_doorward "$T/three"
is "$(tcp 127.0.0.1 "$P")" "descriptor 3" "a program that takes descriptor 3 is served"
ok "TERM ends it" stop_doorward
done_testing
