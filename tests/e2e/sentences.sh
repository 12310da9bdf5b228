#!/usr/bin/env bash
# e2e/sentences.sh -- sentences of the manual pages that no other test holds, each with a case of its own
# shellcheck source=tests/lib/lib.sh
# shellcheck disable=SC2317 # functions that wait_for calls
. "$(dirname "$0")/../lib/lib.sh"

CTL=$abs_top_builddir/src/doorwardctl
S=$SOMEBODY OWNER=$(id -un "${SOMEBODY/-/$ME}")
cd "$T" || exit 99

# --- what -t says ---------------------------------------------------------------------------------

checked() { # text of a configuration (printf's %b), options: its table and problems
	printf '%b' "$1" >c
	shift
	"$DOORWARD" -t "$@" c 2>&1 | sed "s|$T/||g"
}
table() { checked "$@" | grep -v '^c:'; }
problems() { checked "$@" | grep '^c:'; }

L="stream tcp nowait $S /bin/cat"
is "$(table "127.0.0.1,127.0.0.1:7001 $L\n")" "7001 stream tcp4 nowait $OWNER /bin/cat 127.0.0.1:7001" \
	"an address that a list has twice is bound once"
like "$(table "*,127.0.0.1:7001 $L\n")" '/bin/cat 0.0.0.0:7001 \[::\]:7001$' "what * covers is not bound beside it"
like "$(table "127.0.0.1,*:7001 stream tcp4 nowait $S /bin/cat\n")" '/bin/cat 0.0.0.0:7001$' "also when it stands first"
like "$(problems "127.0.0.1:7001 on bind = 127.0.0.2, protocol = tcp, user = $S, exec = /bin/cat;\n")" \
	'error: the address is given twice' "an address before the name and bind: an error"

like "$(table "127.0.0.1:\n7001 $L\n*:\n7002 $L\n" -a 127.0.0.5)" '/bin/cat 127.0.0.5:7002$' "*: goes back to the address of -a"
like "$(table "127.0.0.1:\n7001 $L\n*:\n7002 $L\n")" '/bin/cat 0.0.0.0:7002 ' "*: goes back to all addresses without -a"
like "$(table "*:7001 $L\n" -a 127.0.0.5)" '/bin/cat 0.0.0.0:7001 ' "an entry's own * stands against -a"
like "$(problems "7001 stream tcp6 nowait $S /bin/cat\n" -a 127.0.0.5)" \
	'1:1: error: the default address "127.0.0.5" is IPv4, which protocol "tcp6" does not take' "-a of the other family: an error"

for word in backlog:0 backlog:65536 accept_max:1000001 service_max:1000001 source_max:1000001 ip_max:1000001; do
	like "$(problems "7001 on ${word/:/ = }, protocol = tcp, user = $S, exec = /bin/cat;\n")" "out of range" "key $word is out of range"
done
for word in backlog:1 backlog:65535 accept_max:1000000 service_max:1000000 source_max:1000000 ip_max:0; do
	is "$(problems "7001 on ${word/:/ = }, protocol = tcp, user = $S, exec = /bin/cat;\n")" "" "key $word is within"
done
for option in -q0 -q65536 -c1000001 -C1000001 -s1000001 -R1000001; do
	"$DOORWARD" "$option" -t /dev/null >out 2>err
	is "$? $(grep -c 'out of range' err)" "64 1" "option $option is out of range"
done
for option in -q1 -q65535 -c1000000 -C1000000 -s1000000 -R1000000 -c0; do
	ok "option $option is within" "$DOORWARD" "$option" -t /dev/null
done

like "$(problems ".include nothing\n7001 $L\n")" '^c:1:10: error: "nothing" is not there$' "a missing include is an error"
is "$(problems ".include nothing*\n7001 $L\n")" "" "a pattern may match nothing"
mkdir -p folder/sub
like "$(problems ".include folder\n")" '^c:1:10: error: "folder": Is a directory' "a folder as include is an error"
port=7100
for name in a '#x#' .x.swp x.swp b~ c.bak d.dpkg-old e.rpmnew; do
	echo "$((port++)) $L" >"folder/$name"
done
ln -s "$T/c" folder/link
echo "7200 $L" >c
is "$("$DOORWARD" -t folder | cut -d' ' -f1 | tr '\n' ' ')" "7100 7200 " "a folder: without what editors and packages left; a link is what it leads to"
is "$(table '.include folder/*\n' | grep -c .)" 1 "a pattern with wildcards passes the same over"
rm folder/link
is "$(table '.include folder/*\n' | cut -d' ' -f1)" 7100 "and what is left is read"
is "$(table '.include folder/*.bak\n' | cut -d' ' -f1)" 7105 "but not where it asks for them"
ln -s nowhere folder/link
like "$("$DOORWARD" -t folder 2>&1)" 'folder/link: error: No such file' "a link that leads nowhere is an error"

is "$(table "7001 $L\n7001 stream tcp4 nowait $S /bin/cat\n7001 stream tcp6 nowait $S /bin/cat\n" | wc -l)" 2 "tcp yields both families"
like "$(problems "7001 $L\n7001 stream tcp4 nowait $S /bin/cat\n7001 stream tcp6 nowait $S /bin/cat\n")" \
	'^c:1:1: warning: "7001" .* is served by the later entry at c:2$' "... and is warned about"
like "$(problems "7001 stream tcp4 nowait $S /bin/cat\n7001 stream tcp6 nowait $S /bin/cat\n7001 $L\n")" \
	'^c:3:1: warning: "7001" .* is served by the entry at c:1$' "... when it comes last, too"
D="stream tcp46 nowait $S"
for second in 7001 '*:7001' '[::]:7001'; do
	like "$(table "7001 $D /bin/cat\n$second $D /bin/echo\n")" '^7001 stream tcp46 .* /bin/echo \[::\]:7001$' "tcp46 twice, as $second: the later serves"
	is "$(problems "7001 $D /bin/cat\n$second $D /bin/echo\n" | grep -c 'c:1:1: warning: .* is served by the later entry at c:2')" 1 "... and the earlier is reported"
done

for type in 'rdm tcp' 'rdm udp' 'rdm unix' 'raw udp' 'raw tcp' 'raw unix'; do
	service=7001
	[ "${type#* }" = unix ] && service=/tmp/x
	like "$(problems "$service $type wait $S /bin/cat\n")" "error: socket type \"${type% *}\" does not fit protocol \"${type#* }\"" "$type fits nothing"
done

U="dgram udp wait $S internal"
like "$(table "7001 $U echo\n")" ' ip_max=600$' "udp echo has an ip_max"
like "$(table "7001 $U time\n")" ' ip_max=60$' "udp time has one"
like "$(table "7001 $U time\n" -C 5)" ' ip_max=5$' "-C sets another"
like "$(table "7001 $U time\n" -C 0)" ' ip_max=60$' "-C 0 is the default, and changes nothing"
like "$(table ".defaults ip_max = 7;\n7001 $U time\n" -C 5)" ' ip_max=7$' ".defaults sets another"
unlike "$(table ".defaults ip_max = 0;\n7001 $U time\n")" ip_max ".defaults with 0 takes it away"
unlike "$(table "7001 stream tcp nowait $S internal time\n")" ip_max "a stream builtin has none"

W="7001 stream tcp wait $S /bin/cat"
like "$(problems ".defaults allow = 127.0.0.1;\n$W\n")" '2:1: error: "allow" and "deny" cannot be applied' "allow of .defaults with a wait program: an error"
like "$(problems ".defaults deny = 127.0.0.1;\n$W\n")" '2:1: error: "allow" and "deny" cannot be applied' "deny of .defaults, too"
is "$(problems ".defaults acceptfilter = dataready;\n7001 dgram udp wait $S /bin/cat\n")" "" "acceptfilter of .defaults is passed over for udp"
is "$(problems ".defaults timeout = 1s, nice = 3, env = A=b, stderr = log;\n7001 $U time\n")" "" "keys for programs of .defaults are passed over for builtins"
is "$(problems ".defaults unix_mode = 0600, defer = 1s;\n7001 dgram udp wait $S /bin/cat\n")" "" "keys for unix and tcp, for udp"
if "$DOORWARD" -V | grep -q '^libwrap: yes'; then
	like "$(problems ".defaults hosts_access = yes;\n$W\n")" '2:1: error: hosts_access cannot be applied to a wait service' "hosts_access of .defaults, too"
	like "$(problems "/tmp/x on protocol = unix, user = $S, exec = /bin/cat, hosts_access = yes;\n")" \
		'error: key "hosts_access" is for tcp or udp' "hosts_access of a unix entry: an error"
	unlike "$(table ".defaults hosts_access = yes;\n/tmp/x stream unix nowait $S /bin/cat\n")" hosts_access "of .defaults it is passed over for unix sockets"
	unlike "$(table "/tmp/x stream unix nowait $S /bin/cat\n" -w)" hosts_access "-w does not mean unix sockets"
	unlike "$(table "7001 stream tcp nowait $S internal tcpmux\n" -W)" hosts_access "-W does not mean tcpmux"
fi

is "$(problems ".defaults user = nosuchuser;\n7001 $L\n")" "" "a user of .defaults that no entry has is not looked up"
for key in name=x socktype=stream protocol=tcp wait=yes exec=/bin/cat args=cat builtin=echo; do
	key=${key%=*}
	like "$(problems ".defaults $key = x;\n")" "key \"$key\" has no place in .defaults" "key $key has no place in .defaults"
done

printf '127.0.0.9:\n7002 %s\n' "$L" >inc
like "$(table ".include inc\n7003 $L\n" | tail -n 1)" '/bin/cat 0.0.0.0:7003 ' "a line addr: in an included file ends with it"
printf '7002 %s\n' "$L" >inc
like "$(table "127.0.0.7:\n.include inc\n")" '/bin/cat 127.0.0.7:7002 file=inc:1$' "a line addr: holds in the files that are included behind it"
like "$(table ".defaults bind = 127.0.0.7;\n.include inc\n")" '/bin/cat 127.0.0.7:7002 file=inc:1$' ".defaults bind, too"
like "$(table ".defaults bind = 127.0.0.7;\n*:\n7003 $L\n")" '/bin/cat 0.0.0.0:7003 ' "*: takes .defaults bind back"
printf '.defaults bind = 127.0.0.8, nice = 3;\n' >inc
unlike "$(table ".include inc\n7003 $L\n")" '127.0.0.8|nice' ".defaults of an included file end with it"

for value in yes no on off true false YES; do
	is "$(problems "7001 on nodelay = $value, protocol = tcp, user = $S, exec = /bin/cat;\n")" "" "a switch may be $value"
done
like "$(problems "7001 on nodelay = 1, protocol = tcp, user = $S, exec = /bin/cat;\n")" 'nodelay "1" is not yes or no' "but not 1"
like "$(table "7001 stream tcp,sndbuf=1g,rcvbuf=64K nowait $S /bin/cat\n")" 'sndbuf=1073741824 recvbuf=65536' "sizes of a classic line may have k, m, g"
like "$(table "7001 on sndbuf = 1g, recvbuf = 2M, protocol = tcp, user = $S, exec = /bin/cat;\n")" 'sndbuf=1073741824 recvbuf=2097152' "those of a key, too"
like "$(table "7001 on rlimit_cpu = 5m:1h, protocol = tcp, user = $S, exec = /bin/cat;\n")" 'rlimit_cpu=300:3600' "rlimit_cpu is a time"
like "$(problems "7001 on rlimit_cpu = 1500ms, protocol = tcp, user = $S, exec = /bin/cat;\n")" 'rlimit_cpu "1500ms" is not in whole seconds' "of whole seconds"

like "$(problems ".defaults user = nosuchuser;\n7001 on protocol = tcp, exec = /bin/cat;\n")" '^c:1:18: error: no such user "nosuchuser"' "an unknown user of .defaults is told where it stands"

# --- as an ordinary user --------------------------------------------------------------------------

as_user() { # command...
	if [ "$ME" = root ]; then setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"; else "$@"; fi
}
cat >ordinary <<EOF2
7001 stream tcp nowait root /bin/cat
7002 on protocol = tcp, group = root, exec = /bin/cat;
7003 on protocol = tcp, groups = root, exec = /bin/cat;
7004 stream tcp nowait - /bin/cat
EOF2
chmod 644 ordinary
if as_user id >/dev/null 2>&1; then
	as_user "$DOORWARD" -t "$T/ordinary" >out 2>err
	is "$?" 0 "-t as an ordinary user: what only root can do is a warning"
	like "$(cat err)" 'ordinary:1:24: warning: only root can run handlers as user "root"' "another user"
	like "$(cat err)" 'ordinary:2:33: warning: only root can run handlers as group "root"' "another group, by its name"
	like "$(cat err)" 'ordinary:3:34: warning: only root can give handlers the groups "root"' "other groups"
	is "$(wc -l <out)" 4 "and all of it is in the table"
else
	skip "no other user here"
fi

# --- the environment of a handler -----------------------------------------------------------------

ports=$(free_ports 6 | tr '\n' ' ')
read -r ENV OWN PASS WAITS DAY ECHO <<<"$ports"
if [ "$ME" = root ]; then as="user = $S, "; else as=; fi
cat >waits <<'EOF2'
#!/usr/bin/env python3
import os, socket
c, _ = socket.socket(fileno=0).accept()
c.send("".join(f"{k}={v}\n" for k, v in os.environ.items()).encode())
c.recv(1)
EOF2
chmod 755 waits
cat >conf <<EOF2
$ENV on ${as}protocol = tcp, exec = /usr/bin/env, args = env;
$OWN on ${as}protocol = tcp, exec = /usr/bin/env, args = env, env = REMOTE_ADDR=a PROTO=b HOME=/c PATH=/d;
$PASS on ${as}protocol = tcp, exec = /usr/bin/env, args = env, pass_env = HANDED PROTO NOTIFY_SOCKET TCPREMOTEINFO;
$WAITS on ${as}protocol = tcp4, wait = yes, exec = $T/waits;
$DAY stream tcp nowait $S internal daytime
$ECHO stream tcp nowait $S internal echo
$T/sock on ${as}protocol = unix, exec = /bin/cat, unix_user = $OWNER, unix_group = $(id -gn "$OWNER"), unix_mode = 0600;
EOF2
export HANDED=yes PROTO=stale TCPREMOTEINFO=stale REMOTE_HOST=stale
NOTIFY_SOCKET=$T/none start_doorward -E -l --resolve "$T/conf"
tcp 127.0.0.1 "$ENV" >vars
name=$(python3 -c 'import socket; print(socket.gethostbyaddr("127.0.0.1")[0])' 2>/dev/null)
if [ -n "$name" ]; then
	like "$(cat vars)" "^REMOTE_HOST=$name$" "--resolve sets REMOTE_HOST"
	like "$(cat vars)" "^TCPREMOTEHOST=$name$" "and TCPREMOTEHOST"
	like "$(cat vars)" "^TCPLOCALHOST=$name$" "and TCPLOCALHOST, as UCSPI names them"
else
	skip "127.0.0.1 has no name here"
fi
like "$(cat vars)" '^HANDED=yes$' "-E hands the daemon's environment on"
unlike "$(cat vars)" '^NOTIFY_SOCKET=' "but not what systemd told the daemon"
unlike "$(cat vars)" stale "nor a peer of the daemon's own"
tcp 127.0.0.1 "$OWN" >vars
unlike "$(cat vars)" '=[ab]$' "env replaces nothing that tells of the peer"
like "$(cat vars)" '^HOME=/c$' "the user's"
like "$(cat vars)" '^PATH=/d$' "the daemon's"
is "$(grep -c '^REMOTE_ADDR=' vars)" 1 "and each stands once"
tcp 127.0.0.1 "$WAITS" x >vars
like "$(cat vars)" '^PROTO=TCP$' "a wait handler is told the protocol"
like "$(cat vars)" "^TCPLOCALPORT=$WAITS$" "and its socket's port"
like "$(cat vars)" '^TCPLOCALIP=0.0.0.0$' "and address"
unlike "$(cat vars)" 'REMOTE' "and no peer"
tcp 127.0.0.1 "$DAY" >out
ok "a builtin without a process: it is logged" wait_for logged "^accept service=$DAY "
unlike "$(grep "service=$DAY " log)" 'pid=' "it has no pid"
stop_doorward
start_doorward "$T/conf"
tcp 127.0.0.1 "$PASS" >vars
like "$(cat vars)" '^HANDED=yes$' "pass_env hands a variable on"
unlike "$(cat vars)" 'NOTIFY_SOCKET|stale' "but none of these"
stop_doorward

# --- owner of a unix socket -----------------------------------------------------------------------

start_doorward "$T/conf"
owner() { stat -c '%U:%a' sock; }
is "$(owner)" "$OWNER:600" "a unix socket's owner and mode"
sed -i 's/, unix_user.*;/;/' conf
reload
is "$(owner)" "$ME:666" "taken away at reload, they go back"
is "$(stat -c %G sock)" "$(id -gn)" "and so does the group"
stop_doorward

# --- names that doorwardctl understands ------------------------------------------------------------

ports=$(free_ports 3 | tr '\n' ' ')
read -r ALL ONE UDP <<<"$ports"
cat >conf <<EOF2
$ALL stream tcp nowait $S /bin/cat
127.0.0.1:$ONE stream tcp4 nowait $S /bin/cat
127.0.0.2:$ONE stream tcp4 nowait $S /bin/cat
$UDP dgram udp wait $S /bin/cat
EOF2
start_doorward --control="$T/ctl" "$T/conf"
ctl() { "$CTL" -s "$T/ctl" "$@"; }
for word in "$ALL" "*:$ALL" "127.0.0.1:$ALL" "[::1]:$ALL" "0.0.0.0:$ALL" "$ALL/tcp" "$ALL/tcp4" "$ALL/tcp6" "127.0.0.9:$ALL/tcp"; do
	is "$(ctl pause "$word" | grep -c "^$ALL tcp .*paused")" 1 "a service for every address is $word"
	is "$(ctl status "$word" | grep -c "^$ALL .*paused (admin)")" 1 "for status, too"
	ctl resume "$word" >out
done
for word in "$ALL/udp" "$ALL/udp4" "*:1" "127.0.0.1:1" localhost:"$ALL"; do
	like "$(ctl pause "$word" 2>&1)" 'no service is named' "$word is none"
done
is "$(ctl pause "$ONE" | grep -c paused)" 2 "a port means each service that has it"
is "$(ctl resume "127.0.0.2:$ONE")" "$ONE tcp4 127.0.0.2:$ONE: listening" "an address and a port means one"
is "$(ctl pause "$UDP/udp4" | grep -c paused)" 1 "a protocol with its family fits udp"
like "$(ctl pause "$UDP/udp46" 2>&1)" 'no service is named' "a socket for both families is another thing"
reload
is "$(ctl status "$UDP" | grep -c 'paused (admin)')" 1 "a pause stays over a reload"
printf 'status\r\n' | timeout 10 nc -NU ctl >out
is "$(tail -n 1 out)" ok "the control socket takes CR LF"
stop_doorward

# --- --run and -a ---------------------------------------------------------------------------------

: >log
"$DOORWARD" --no-time --run /bin/cat -a 127.0.0.5 "$ALL" 2>log &
pid=$!
ok "--run with -a: that address is bound" wait_for logged "^listen service=$ALL address=127.0.0.5:$ALL "
stop_doorward
is "$(log_count '^listen ')" 1 "and no other"

# --- a wait service, and services that went ---------------------------------------------------------

ports=$(free_ports 7 | tr '\n' ' ')
read -r BOTH ENV DENY MISSING ECHO UDP MUX <<<"$ports"
cat >conf <<EOF2
$BOTH on ${as}protocol = tcp, wait = yes, exec = $T/waits;
$DENY on ${as}protocol = tcp4, exec = /bin/cat, deny = 127.0.0.0/8;
$MISSING stream tcp4 nowait $S $T/missing
$ECHO stream tcp4 nowait $S internal echo
$UDP dgram udp4 wait $S internal echo
$T/other on ${as}protocol = unix, exec = /bin/echo, args = echo served, allow = 127.0.0.0/8 ::/0;
$T/all on ${as}protocol = unix, exec = /bin/echo, args = echo served, deny = 0.0.0.0/0 ::/0;
$ENV on ${as}protocol = tcp4, exec = /bin/echo, args = echo served, allow = uid:0 uid:$(id -u);
127.0.0.1,127.0.0.2:$MUX on ${as}protocol = tcp4, builtin = tcpmux, deny = 127.0.0.1;
tcpmux/echo on ${as}exec = /bin/echo, args = echo +served;
EOF2
"$DOORWARD" -i --no-time --control="$T/ctl" -ppid -l "$T/conf" 2>log &
pid=$!
wait_for pid_file_written
is "$(cat pid)" "$pid" "-i is -f"
is "$(timeout 10 nc -NU other </dev/null)" "" "an allow list without a uid refuses a unix peer"
is "$(timeout 10 nc -NU all </dev/null)" served "a rule of another family does not match"
is "$(tcp 127.0.0.1 "$ENV")" "" "nor does a uid match a peer of tcp"
is "$(printf 'echo\r\n' | timeout 10 nc -N -s 127.0.0.1 127.0.0.2 "$MUX")" "" "allow and deny of the tcpmux entry decide who may ask"
is "$(printf 'echo\r\n' | timeout 10 nc -N -s 127.0.0.2 127.0.0.2 "$MUX")" +served "and let others ask"
is "$(tcp 127.0.0.1 "$ECHO" hello)" hello "echo over tcp is served"
ok "echo over tcp has a process" wait_for logged "^accept service=$ECHO .*pid=[1-9]"
is "$(udp 127.0.0.1 "$UDP" hello)" hello "echo over udp, too"
is "$(log_count "^(accept|exit) service=$UDP ")" 0 "a datagram that a builtin answers is no event"
ctl log-level warning
tcp 127.0.0.1 "$DENY" x >out
tcp 127.0.0.1 "$MISSING" x >out
ok "a program that is missing is told" wait_for logged "^exec-failed service=$MISSING "
is "$(log_count "^reject service=$DENY ")" 0 "log-level warning leaves out rejects"
ctl log-level info

if has_ipv6; then
	exec 8<>"/dev/tcp/127.0.0.1/$BOTH" 9<>"/dev/tcp/::1/$BOTH"
	read -r -u 8 _ && read -r -u 9 _
	like "$(ctl status "$BOTH")" '^[0-9]+ +tcp .* 2/2 ' "a wait service has a handler for each of its sockets"
	sed -i "/^$BOTH/d" conf
	reload
	like "$(ctl status "$BOTH")" ' removed +2/' "a service that went is removed until its handlers have ended"
	like "$(ctl show "$BOTH" 2>&1)" 'no service is named' "show does not know it"
	exec 8>&- 9>&-
	gone() { ! ctl status | grep -q "^$BOTH "; }
	ok "then it is gone" wait_for gone
else
	skip "no IPv6 here"
fi
like "$(grep missing log)" 'conf:[0-9]+:[0-9]+: warning: program .* is missing' "a warning at reload"
ok "a warning does not stop a reload" logged '^reload kept='
if "$DOORWARD" -V | grep -q '^sanitizers: no$' && [ -r "/proc/$pid/maps" ]; then
	is "$(awk '$6 ~ /\.so/ { print $6 }' "/proc/$pid/maps" | sort -u | grep -Ev '/(ld-|libc[.-])')" "" "the master has no library but libc"
else
	skip "no maps of the master"
fi
unix_listeners() { # of the daemon: flags of a socket that listens, and its inode
	awk '$4 == "00010000" { print "socket:[" $7 "]" }' /proc/net/unix | grep -cFxf <(find "/proc/$pid/fd" -type l -exec readlink {} +)
}
if [ -r /proc/net/unix ]; then
	is "$(unix_listeners)" 3 "--control=PATH opens a socket beside the services'"
	stop_doorward
	start_doorward "$T/conf"
	is "$(unix_listeners)" 2 "--control= opens none"
fi
stop_doorward

# --- every line of the log is an event ------------------------------------------------------------

echo "$ENV stream tcp nowat $S /bin/cat" >conf
start_doorward -l "$T/conf"
reload
tcp 127.0.0.1 "$ENV" >out
stop_doorward
# (nor what a sanitizer says of a stack that is not the thread's)
unlike "$(grep -Ev "^$T/conf:[0-9]+:[0-9]+: (error|warning): |^==[0-9]+==|^False positive|^For details" log)" '^[^ ]*( [^ =]*=("([^"\\]|\\.)*"|[^ "]*))* [^ =]*( |$)' \
	"every line is an event and key=value, but for the problems of a configuration"
like "$(cat log)" '^fault what="reload: nothing was changed, 1 error"$' "a refused reload, too"
done_testing
