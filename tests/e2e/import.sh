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
has "$X" "20020 on" 'name = unlisted,' 'xinetd.conf:18: service unlisted' 'protocol = tcp4,' 'exec = /bin/cat,' 'args = cat -u -,' \
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
has "$X" "10081 off" 'flag IDONLY: ' 'flag INTERCEPT: ' 'flag NORETRY: ' 'mdns = yes: '
has "$X" "10086 off" 'flag LABELED: '
has "$X" "10082 off" 'only_from .example.org: .*never by name' 'no_access bad.example.org: ' 'allow = 198.51.100.0/24;'
has "$X" "10083 on" 'deny = 0.0.0.0/0 ::/0'
has "$X" "# 10084 on" 'no user "no-such-user-here"'
has "$X" "# no-such-service-name off" 'services\(5\) has no tcp service' 'colour is not in xinetd.conf\(5\)'
note "kinds"
has "$X" "tcpmux/greet on" 'exec = /bin/cat,'
has "$X" "tcpmux/+greet-plus on" 'bind: a tcpmux service has no address'
like "$(cat "$X")" '^(# )?400001/2-4 o' "  an RPC service by its number"
has "$X" "tftp off" 'args = in.tftpd -s /srv/tftp,' 'only the program knows the peers'
has "$X" "10085 on" 'args = kitty -u,' 'protocol = tcp6,' 'bind = ::1'
has "$X" "# 10087 on" 'do not begin with the program.s own name, "env"' 'args = /bin/cat -u,'
like "$(cat "$T/table")" '^20020 stream tcp4 nowait nobody(:[a-z]+)? /bin/cat 127.0.0.1:20020 args="cat -u -"' "the table has what was meant"
unlike "$(cat "$T/table")" '^(10081|10082|ftp) ' "what would be open wider is not served"

### xinetd, value by value: never wider
# One service with these lines more: its definition, with the comments.
more() {
	printf 'service x\n{\n\ttype = UNLISTED\n\tport = 20000\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tuser = nobody\n\tserver = /bin/cat\n%b\n}\n' "$1" >"$T/more.conf"
	"$CTL" import xinetd "$T/more.conf" 2>"$T/err" | awk 'BEGIN { RS = "" } /\nprotocol = |    protocol = /'
}
on() { # lines regex...: it is on, and says so
	local got
	got=$(more "$1")
	like "$got" '^20000 on$' "on: $1"
	shift
	for want; do like "$got" "$want" "  $want"; done
	printf '%s\n' "$got" >"$T/one"
	ok "  and doorward -t takes it" checks "$T/one"
}
off() { # lines regex: it is off or a comment, for this reason
	local got
	got=$(more "$1")
	like "$got" '^(# 20000 on|20000 off)$' "off: $1"
	like "$got" "^# .*$2" "  $2"
	printf '%s\n' "$got" >"$T/one"
	ok "  and doorward -t takes it" checks "$T/one"
}
note "words in any case"
on '\tOnly_From = 127.0.0.1' 'allow = 127.0.0.1;?'
on '\tFLAGS = nodelay ipv4' 'nodelay = yes' 'protocol = tcp4'
is "$(more '\tDISABLE = yes' | grep -c '^20000 off')" 1 "DISABLE = yes"
is "$(more '\tdisable = no\n\tdisable = YES' | grep -c '^20000 off')" 1 "of two, a yes"
note "values that xinetd does not take"
for bad in 'disable = true' 'instances = many' 'instances = -1' 'flags = BOGUS' 'rlimit_as = 1G' 'umask = 8' 'env -= A' 'env = A' \
	'nice = 0x10' 'log_on_success = MUCH' 'only_from = 10.0.0.1,10.0.0.2' 'server_args =' 'cps = a b' 'max_load = 0' 'v6only = perhaps'; do
	off "\t$bad" 'switches the service off for such a value'
done
off '\tcolour = red' 'colour is not in xinetd.conf'
off '\tinstances = 3 # few' 'it wants 1 value'
off '\tdisable += no' 'this attribute has = only'
off '\tnice=5' 'xinetd drops the entry'
off '\tjunk' 'xinetd drops the entry'
note "numbers"
off '\tinstances = 0' 'nobody is let in'
off '\tper_source = 0' 'nobody is let in'
on '\tinstances = UNLIMITED' 'accept_max = 0'
on '\tnice = +5' 'nice = 5'
on '\tcps = 0 10'
off '\tmax_load = 2' 'does not look at the load'
note "twice"
on '\tbind = 127.0.0.1\n\tinterface = 127.0.0.2' 'bind = 127.0.0.1[,;]'
on '\tserver_args = a # b\n\tserver_args = c' 'args = cat a "#" b'
on '\tonly_from = 127.0.0.1\n\tonly_from = 127.0.0.2' 'allow = 127.0.0.2;?'
on '\tonly_from = 10.0.0.0 127.0.0.1\n\tonly_from -= 10.0.0.0/8' 'allow = 127.0.0.1;?'
off '\tonly_from = 10.{1,2}\n\tonly_from -= 10.1.0.0' 'a part of what is there'
note "families"
on '\tflags = IPv6 IPv4' 'protocol = tcp46'
on '\tbind = ::' 'protocol = tcp46' 'bind = ::'
on '\tbind = ::\n\tv6only = yes' 'protocol = tcp6'
on '\tv6only = yes' 'protocol = tcp6'
off '\tflags = IPv6\n\tbind = 127.0.0.1' 'no address of the family'
note "peers"
on '\tonly_from = 10.1' 'allow = 10.0.0.1[,;]?$'
on '\tonly_from = 10.1.0.0 ::ffff:192.0.2.1' 'allow = 10.1.0.0/16 192.0.2.1'
on '\tonly_from = 10.0.0.0/255.0.0.0' 'it is not let in' 'deny = 0.0.0.0/0 ::/0'
on '\tonly_from = 10.1.2.3 192.0.2.1\n\tno_access = 10.0.0.0' 'allow = 192.0.2.1[,;]?$' 'deny = 10.0.0.0/8'
on '\tno_access = ::' 'deny = ::/0 0.0.0.0/0'
off '\tno_access = 10.0.0.0/255.0.0.0' 'Give its addresses'
note "whom it runs as"
on '\tgroups = yes\n\tgroup = daemon' 'groups = .*65534' 'group = daemon'
printf 'service x\n{\n\ttype = UNLISTED\n\tport = 20000\n\tsocket_type = STREAM\n\twait = no\n\tuser = 1234\n\tserver = /bin/cat\n}\n' >"$T/number.conf"
like "$("$CTL" import xinetd "$T/number.conf" | tr -d '\n')" 'on.*user = 1234,.*group = 1234,.*groups = 1234' "a number as user is its own group, and the only one"
off '\tenv = "A=1"' 'no name of a variable'
sed 's|= /bin/cat|= bin/cat|' "$T/number.conf" >"$T/relative.conf"
relative=$("$CTL" import xinetd "$T/relative.conf" 2>/dev/null)
unlike "$relative" '^[^#].* on$' "a server without the whole of its path: nothing is on"
like "$relative" '^# server is missing, or no absolute path' "... it says why"
note "sections"
{ printf 'defaults\n{\n\tinstances = many\n}\n'; cat "$T/number.conf"; } >"$T/whole.conf"
unlike "$("$CTL" import xinetd "$T/whole.conf" 2>/dev/null)" '^[^#].* on$' "xinetd does not start: nothing is on"
"$CTL" import xinetd "$T/xinetd/sensor.conf" >"$T/sensor" 2>/dev/null
unlike "$(cat "$T/sensor")" '^[^#].* on$' "a sensor: nothing is on"
has "$T/sensor" "# 10023 off" 'flag SENSOR: ' 'deny_time = 60: '
on_names() { "$CTL" import xinetd "$1" 2>/dev/null | grep -E '^[^#].* on$' | cut -d' ' -f1 | xargs; }
service() { printf 'service %s\n{\n\ttype = UNLISTED\n\tport = %s\n\tsocket_type = stream\n\twait = no\n\tuser = nobody\n\tserver = /bin/cat\n%b}\n' "$1" "$2" "${3:-}"; }
{ service a 20001 '\tjunk\n'; service b 20002; service c 20003; } >"$T/whole.conf"
is "$(on_names "$T/whole.conf")" 20003 "a single word takes the next section with it, as in xinetd"
{ service a 20001 '\tjunk here\n'; service b 20002; } >"$T/whole.conf"
is "$(on_names "$T/whole.conf")" 20002 "two words do not"
{ printf 'service a {\n}\n'; service b 20002; service c 20003; } >"$T/whole.conf"
is "$(on_names "$T/whole.conf")" 20003 "a brace on the first line: the same"
{ printf 'defaults\n{\n\tonly_from = 127.0.0.1\n\tuser = root\n}\n'; service a 20001; printf 'defaults\n{\n\tonly_from = 0.0.0.0\n}\n'; service b 20002; } >"$T/whole.conf"
is "$("$CTL" import xinetd "$T/whole.conf" 2>/dev/null | grep -c 'allow = 127.0.0.1[,;]')" 2 "second defaults do not count"
{ service a 20001; service b 20001; } >"$T/whole.conf"
"$CTL" import xinetd "$T/whole.conf" >"$T/one"
is "$(grep -Ec '^20001 (on|off)' "$T/one")/$(grep -c '^20001 on' "$T/one")" 2/1 "of two entries with one socket the first is on"
ok "  and doorward -t takes it" checks "$T/one"
is "$(grep -v ': warning: only root can run handlers as user' "$T/problems")" "" "  without a warning"

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
has "$Y" "79 on" 'protocol = tcp46,' 'wait = no,' 'exec = /usr/bin/env,' 'args = /usr/bin/env "a b" "c;d" "e f",' 'user = nobody,' \
	'stderr = log,' 'env = "NAME=two words" PLAIN=yes MORE=1,' 'pass_env = TZ LANG,' 'umask = 0077,' 'nice = 3,' \
	'rlimit_nofile = 64:128,' 'rlimit_as = 1G,' 'rlimit_core = 0,' 'timeout = 90s,' 'directory = /tmp,' 'accept_max = 10,' \
	'source_max = 1,' 'service_max = 25/s burst 50,' 'backlog = 64,' 'freebind = yes' 'keepalive = yes' 'nodelay = yes' \
	'allow = 127.0.0.0/8 ::1 192.0.2.0/24;' 'Transparent=yes: ' 'MaxConnections=40 is for all Listen lines'
has "$Y" "10079 on" 'protocol = tcp4,' 'bind = 127.0.0.1,'
has "$Y" "10078 on" 'protocol = tcp6,' 'bind = ::1,'
has "$Y" "/run/finger.socket on" 'protocol = unix,' 'unix_user = nobody,' 'unix_mode = 0660,'
unlike "$(entry "$Y" "/run/finger.socket on")" 'allow|keepalive|freebind' "  what is for IP only is left out"
ok "systemd: a unit with Accept=no" bash -c "'$CTL' import systemd '$T/systemd/cache.socket' >'$Y'"
takes() { # file: doorward -t does
	if [ "$ME" = root ]; then ok "  doorward -t takes it" checks "$1"; else skip "doorward -t of another user's entries: needs root"; fi
}
takes "$Y"
has "$Y" "cache off" 'listen = tcp6:10070 udp6:10070 seqpacket:/run/cache.seq,' 'handoff = listen_fds,' 'names = cache.socket cache.socket cache.socket,' \
	'wait = yes,' 'stdout = log' 'no abstract names, no vsock' 'doorward has stream, dgram and seqpacket sockets. It is off'
unlike "$(cat "$Y")" ExecStartPost "a drop-in takes a line back"
is "$(grep -Ec '^[^# ].* (on|off)$' "$Y")" 1 "one service for all Listen lines"
sed -i -E '/^Listen(FIFO|Stream=(@|vsock))/d' "$T/systemd/cache.socket"
"$CTL" import systemd "$T/systemd/cache.socket" >"$Y"
has "$Y" "cache on" 'listen = tcp6:10070 udp6:10070 seqpacket:/run/cache.seq,'
takes "$Y"
sed -i "s|@HERE@|$T/systemd|" "$T/systemd/single.service"
ok "systemd: one Listen line" bash -c "'$CTL' import systemd '$T/systemd/single.socket' >'$Y'"
takes "$Y"
has "$Y" "single on" 'listen = tcp46:10071,' 'wait = yes,' 'exec = /bin/cat,' 'handoff = listen_fds,' 'names = web,' 'user = root,' 'stdout = log,' \
	'/bin/cat one two other.conf "[$]5",' 'env = "WHAT=one two" WHICH=other "MORE=x y",' 'Type=notify: ' 'Restart=always: ' 'backlog = 7'
ok "a unit that is not there is told" bash -c "'$CTL' import systemd nosuch.socket >/dev/null 2>&1; [ \$? = 78 ]"

### systemd, line by line: never wider
unit() { # Accept, lines of [Socket], of [Service]: the definition
	local name=x.service
	[ "$1" = yes ] && name=x@.service
	rm -rf "$T/unit" && mkdir "$T/unit"
	printf '[Socket]\nListenStream=127.0.0.1:20000\nAccept=%s\n%b\n' "$1" "$2" >"$T/unit/x.socket"
	printf '[Service]\nUser=%s\nExecStart=/bin/cat a\nStandardInput=socket\n%b\n' "$SOMEONE" "$3" >"$T/unit/$name"
	"$CTL" import systemd "$T/unit/x.socket" >"$T/one" 2>"$T/err"
	awk 'BEGIN { RS = "" } /    (protocol|listen) = /' "$T/one"
}
SOMEONE=$(id -un)
said() { # on or off, lines of [Socket], of [Service], regex...
	local got head='^20000 on$' what="$1: $2 $3"
	[ "$1" = off ] && head='^(# 20000 on|20000 off|# 20000 off)$'
	got=$(unit yes "$2" "$3")
	like "$got" "$head" "$what"
	shift 3
	for want; do like "$got" "$want" "  $want"; done
	takes "$T/one"
}
said on '' '' 'args = /bin/cat a,' 'accept_max = 64'
unlike "$(cat "$T/one")" stderr "  standard error is the client's, as all"
note "where the output goes"
said on '' 'StandardError=journal' 'exec = /bin/cat' 'stderr = log'
said on '' 'StandardOutput=journal' 'exec = /bin/cat' 'stdout = log' 'stderr = log'
said on '' 'StandardOutput=null' 'stdout = null' 'stderr = null'
said on '' 'StandardOutput=null\nStandardError=journal' 'stdout = null' 'stderr = log'
said on '' 'StandardOutput=journal\nStandardError=socket' 'stdout = log'
said off '' 'StandardOutput=append:/tmp/x' 'doorward has socket, log and null'
said on '' 'StandardInput=null' 'handoff = listen_fds' 'names = connection' 'stdout = log'
unlike "$(cat "$T/one")" 'stderr|/bin/sh' "  and needs no help"
said on 'FileDescriptorName=web' 'StandardInput=null' 'names = web'
said off '' 'StandardInput=null\nStandardOutput=socket' 'goes with StandardInput=socket'
said on '' 'ExecStart=\nExecStart=@/bin/cat kitty -u\nStandardInput=null' 'args = kitty -u'
note "words"
# systemd's variables
said on '' 'ExecStart=\nExecStart=@/bin/cat kitty -u' 'args = kitty -u'
# shellcheck disable=SC2016
said on '' 'ExecStart=\nExecStart=:/bin/cat $A ${B}' 'args = /bin/cat "[$]A" "[$].B."'
# shellcheck disable=SC2016
said on '' 'ExecStart=\nExecStart=/bin/cat $A ${B}' 'args = /bin/cat "",'
said off '' 'ExecStart=\nExecStart=@/bin/sh -c cat' 'own name, "sh"'
said off '' 'ExecStart=\nExecStart=@/bin/cat /bin/sh -u' 'own name, "cat"'
said off '' 'ExecStart=\nExecStart=/bin/cat %i' 'knows no specifiers'
said off '' 'Environment=A=%h' 'knows no specifiers'
said off '' 'EnvironmentFile=/nowhere/at/all' 'cannot be read'
note "what protects"
for line in ProtectSystem=full ProtectHome=read-only SystemCallFilter=@system-service:EPERM RestrictAddressFamilies=AF_UNIX \
	CapabilityBoundingSet=~CAP_CHOWN MemoryDenyWriteExecute=yes InaccessiblePaths=/home MemoryMax=1G TasksMax=3 IPAddressDeny=any \
	ProtectSomethingNew=yes Type=forking LimitNOFILE=9:3; do
	case $line in
	*=) continue ;; # an empty one takes lines back
	esac
	said off '' "$line" "${line%%=*}"
done
said on '' 'NoNewPrivileges=no\nPrivateTmp=0\nProtectSystem=false'
note "what protects, and is there"
said on '' 'NoNewPrivileges=yes' 'no_new_privs = yes' 'require = yes'
said on '' 'User=root\nCapabilityBoundingSet=CAP_CHOWN CAP_KILL' 'capabilities = CAP_CHOWN CAP_KILL'
said on '' 'User=nobody\nCapabilityBoundingSet=CAP_CHOWN' 'capabilities = none'
said off '' 'User=nobody\nAmbientCapabilities=CAP_CHOWN\nCapabilityBoundingSet=CAP_CHOWN' 'write which are left'
said on '' 'PrivateTmp=yes\nPrivateNetwork=yes\nPrivateIPC=yes' 'private_tmp = 64m' 'private_network = yes' 'private_ipc = yes'
said on '' 'ProtectSystem=strict\nReadWritePaths=-/srv/a /srv/b' 'writable = /dev /proc /sys /srv/a /srv/b'
said on '' 'RestrictAddressFamilies=none' 'connect = none'
said on '' 'SystemCallFilter=@system-service' 'system_calls = @system-service kill'
said on '' 'SystemCallFilter=~@mount ptrace\nSystemCallErrorNumber=EPERM' 'system_calls = "!@mount" "!ptrace"'
said on '' 'KeyringMode=private' 'private_keyring = yes'
said off 'MaxConnections=0' '' 'nobody is let in'
said off 'SELinuxContextFromNet=yes' '' 'no SELinux'
like "$(unit no 'Service=x.service' '')" '^x off' "a service that is named may have other sockets"
like "$(unit no '' 'Sockets=x.socket y.socket')" '^x off' "or says so itself"
note "what listens"
alone() { # lines of [Socket], of [Service], regex...: Accept=no
	local got what="$1: $2"
	got=$(unit no "$1" "$2")
	shift 2
	for want; do like "$got" "$want" "$what: $want"; done
	takes "$T/one"
}
alone 'ListenStream=20001' 'StandardInput=null' '^x on' 'listen = tcp4:127.0.0.1:20000 tcp46:20001,' 'names = x.socket x.socket'
alone 'ListenStream=\nListenStream=20001\nBindIPv6Only=ipv6-only' 'StandardInput=null' 'listen = tcp6:20001,'
alone 'ListenStream=\nListenStream=20001\nBindIPv6Only=both' 'StandardInput=null' 'listen = tcp46:20001,'
alone 'ListenStream=[::]:20001\nListenDatagram=[::1]:20001' 'StandardInput=null' 'tcp46:.::.:20001 udp6:.::1.:20001,'
alone 'ListenStream=20001\nListenStream=20001' 'StandardInput=null' 'listen = tcp4:127.0.0.1:20000 tcp46:20001,'
alone 'ListenStream=20000' 'StandardInput=null' '^# x on' 'tcp46:20000 has the address of tcp4:127.0.0.1:20000, too'
alone 'ListenDatagram=/run/x.d\nSocketMode=0600' 'StandardInput=null' 'dgram:/run/x.d' 'unix_mode = 0600'
alone '' '' '^x on' 'listen = tcp4:127.0.0.1:20000,' 'wait = yes'
alone 'ListenStream=20001' '' '^# x on' 'is one socket'
alone 'ListenFIFO=/run/f' 'StandardInput=null' '^x off' 'stream, dgram and seqpacket'
unit no 'ListenStream=\nListenStream=vsock::1' 'StandardInput=null' >/dev/null
like "$(cat "$T/one")" '^# x off' "a socket of vsock alone: nothing to serve"
like "$(cat "$T/one")" '^# .*no vsock' "  with the reason"
takes "$T/one"
said on 'DeferAcceptSec=3' '' 'defer = 3000ms'
said on 'KeepAlive=yes\nKeepAliveTimeSec=60\nKeepAliveProbes=3' '' 'keepalive = 60s/75s/3'
printf '[Unit]\nConditionPathExists=/nowhere\n' >>"$T/unit/x.socket"
like "$("$CTL" import systemd "$T/unit/x.socket")" '^# ConditionPathExists' "a condition"
mkdir -p "$T/systemd/user"
cp "$T/systemd/single.s"* "$T/systemd/user"
unlike "$("$CTL" import systemd "$T/systemd/user/single.socket")" '^[^#].*on$' "a user's unit is not served as root"
note "values that mean nothing"
for line in UMask=9 Nice=99 LimitCPU=x RuntimeMaxSec=soon 'Environment=1=2 A' 'PassEnvironment=a-b' 'EnvironmentFile=x' 'ExecStart=' 'StandardError=fd:x' 'LimitAS=9999999T' \
	'WorkingDirectory=~' 'RootDirectory=x' 'Group=nosuch' 'SupplementaryGroups=nosuch' 'Type=x' "ExecStart=\nExecStart=\"" 'ExecStart=\nExecStart=/' 'Nice=-'; do
	unit yes '' "$line" >/dev/null
	takes "$T/one"
done
for line in Backlog=-1 SocketMode=x 'IPTOS=999' ReceiveBuffer=-1 'SendBuffer=9999999T' MaxConnections=x TriggerLimitBurst=999999999999 'TriggerLimitBurst=1000000\nTriggerLimitIntervalSec=1ms' \
	'TriggerLimitIntervalSec=0' 'IPAddressDeny=x' 'IPAddressAllow=x\nIPAddressDeny=any' 'BindToDevice=a b' 'FileDescriptorName=a b' 'BindIPv6Only=x' 'KeepAlive=x' 'ListenStream=[::1' \
	'ListenStream=1.2.3' 'ListenStream=:' 'ListenStream=host:80' 'ListenDatagram=[::1]:53' 'ListenStream=vsock:1:2' 'ListenStream=@a' 'ListenFIFO=/x' 'ListenStream=/a b'; do
	unit yes "$line" '' >/dev/null
	takes "$T/one"
done

### the page has what the tables say
sed -n '/^\.Sh IMPORTED WORDS/,/^\.Sh FILES/p' "$abs_top_srcdir/doc/doorwardctl.1" | sed -n '/^\.Ss/,$p' | sed '$d' >"$T/page"
sh "$abs_top_srcdir/tests/lib/imported.sh" "$abs_top_srcdir" >"$T/made"
ok "there are many words" [ "$(grep -c Li "$T/made")" -gt 150 ]
ok "doorwardctl.1: what becomes of them is what tests/lib/imported.sh makes" diff "$T/page" "$T/made"

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
