#!/usr/bin/env bash
# e2e/examples.sh -- every example of doc/examples, under its own entry, against a real client
# shellcheck disable=SC2317 # the clients are called by their names
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

EX=$abs_top_srcdir/doc/examples
RUPTIME=$abs_top_builddir/doc/examples/ruptime
[ -x "$RUPTIME" ] || skip_all "the examples are not built: make check does"
umask 022
mkdir "$T/libexec" "$T/count" "$T/spool" "$T/www" "$T/www/sub"
cp "$EX"/*.sh "$EX"/*.awk "$EX"/*.pl "$EX"/*.py "$abs_top_builddir/doc/examples/echod" "$T/libexec"
cp -R "$EX/httpd/cgi-bin" "$T/www"
chmod -R u+w,go+rX "$T/libexec" "$T/www"
chmod +x "$T/libexec"/* "$T/www/cgi-bin"/*
[ "$ME" = root ] && chown "$SOMEBODY" "$T/count" "$T/spool"

# The entry of an example, as it stands in its file, but for places and ports of this test.
placed() { # port: from stdin
	sed -E -e "s|^7[0-9]{3} |$1 |" -e "s|/usr/local/libexec/|$T/libexec/|" -e "s|/run/|$T/|" -e "s|/srv/www|$T/www|" \
		-e "s|/var/lib/counter/|$T/count/|" -e "s|/var/spool/udpread|$T/spool|" -e "s/\bnobody\b/$SOMEBODY/"
}
entry() { # file [port]
	sed -nE 's/^[ #*]*config: //p' "$EX/$1" | placed "${2:-}"
}
installed() { # what program...
	local what=$1 program
	shift
	for program; do
		if ! command -v "$program" >/dev/null; then
			skip "$what: $program is not installed"
			return 1
		fi
	done
}

UP=$(free_port) ECHO=$(free_port) SUM=$(free_port) COUNT=$(free_port) UDP=$(free_port)
{
	entry ruptimed.sh "$UP"
	entry echod.c "$ECHO"
	entry sum.awk "$SUM"
	entry counter.sh "$COUNT"
	entry udpread.pl "$UDP"
	entry whoami.sh
	entry unixread.py
} >"$T/conf"
is "$(wc -l <"$T/conf")" 7 "each handler has its entry"
for file in "$EX"/[!R]*; do
	ok "${file##*/} stands in the list" grep -qF "\`${file##*/}" "$EX/README.md"
done
cp "$T/conf" "$T/whole"
sed -i "/^$UP /d" "$T/conf"

# --- ruptime: the client that waits for its server ------------------------------------------------

ok "ruptime: nobody there, no patience" bash -c "! '$RUPTIME' -w 0 127.0.0.1 $UP"
"$RUPTIME" -w 60 127.0.0.1 "$UP" >"$T/up" 2>"$T/up.err" &
asks=$!
start_doorward -l "$T/conf" || exit 99
ok "ruptime: it waits for the server" kill -0 "$asks"
cp "$T/whole" "$T/conf"
reload
wait "$asks"
is "$?" 0 "and is served as soon as the server is there"
like "$(cat "$T/up")" 'load average' "with the server's uptime"
for host in 127.0.0.1 localhost ''; do
	like "$("$RUPTIME" -w 0 "$host" "$UP" 2>&1)" 'load average' "ruptime '$host'"
done
has_ipv6 && like "$("$RUPTIME" -w 0 ::1 "$UP" 2>&1)" 'load average' "ruptime ::1"
like "$("$RUPTIME" no.such.host.invalid "$UP" 2>&1)" 'ruptime: no.such.host.invalid: ' "a host that is none"
like "$("$RUPTIME" -w x 2>&1)" usage "wrong usage"

# One family alone is served: whichever the list has first, the other is found.
for address in 127.0.0.1 ::1; do
	[ "$address" = 127.0.0.1 ] || has_ipv6 || continue
	sed "s/^$UP /[$address]:$UP /; s/^\[127.0.0.1\]/127.0.0.1/" "$T/whole" >"$T/conf"
	reload
	like "$("$RUPTIME" -w 0 '' "$UP" 2>&1)" 'load average' "ruptime walks the list: $address alone is served"
done
cp "$T/whole" "$T/conf"
reload

# --- echod, sum, counter, whoami ------------------------------------------------------------------

head -c 300000 /dev/urandom >"$T/data"
timeout 20 nc -N -w 20 127.0.0.1 "$ECHO" <"$T/data" >"$T/back"
same_file "$T/data" "$T/back" "echod: 300,000 bytes come back"
ok "echod: who came" wait_for logged "stderr service=$ECHO pid=[0-9]+ line=\"connected from 127.0.0.1 port [0-9]+\""
ok "echod: who went" wait_for logged "stderr service=$ECHO pid=[0-9]+ line=\"disconnected from 127.0.0.1 port [0-9]+\""

cat >"$T/talk.py" <<'EOF'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
f = s.makefile("rw", newline="\n")
for line in ("1", "2.5\r", "x", "-4"):
    f.write(line + "\n")
    f.flush()
    print(f.readline().strip())
EOF
is "$(timeout 30 python3 "$T/talk.py" "$SUM" | tr '\n' ' ')" "1 3.5 not a number -0.5 " "sum: an answer after each line"

if installed counter flock; then
	count_one() { tcp 127.0.0.1 "$COUNT"; }
	for round in 1 2 3 4 5; do
		for i in 1 2 3 4 5 6 7 8 9 10; do
			count_one >"$T/count.$round.$i" &
			counters[i]=$!
		done
		wait "${counters[@]}"
	done
	is "$(cat "$T"/count.[0-9]* | sort -n | tr '\n' ' ')" "$(seq -s ' ' 50) " "counter: 50 clients, each number once"
fi

is "$(timeout 10 nc -N -U "$T/whoami.sock" </dev/null | sed 's/, process .*//')" "$(id -un) (uid $(id -u), gid $(id -g)" "whoami knows"

# --- datagrams ------------------------------------------------------------------------------------

batches() { find "$T/spool" -type f "$@" | wc -l; }
one_batch() { [ "$(batches ! -name '*.part')" -ge "$1" ]; }
if installed udpread perl; then
	printf 'one\ttab' >"/dev/udp/127.0.0.1/$UDP"
	ok "udpread starts a batch" wait_for logged "accept service=$UDP"
	printf 'two' >"/dev/udp/127.0.0.1/$UDP"
	ok "when all is quiet it is in its place" wait_for one_batch 1
	is "$(batches -name '*.part')" 0 "and no half one is left"
	is "$(cat "$T"/spool/* | sed -E 's/^127.0.0.1 [0-9]+ //' | tr '\n' ' ')" 'one\x09tab two ' "with each datagram"
	ok "the handler has gone" wait_for logged "exit service=$UDP .*status=0"
	printf 'three' >"/dev/udp/127.0.0.1/$UDP"
	ok "the next datagram starts another" wait_for logged_times 2 "accept service=$UDP"
	reader=$(sed -nE "s/.*accept service=$UDP pid=([0-9]+).*/\1/p" "$T/log" | tail -n 1)
	wait_for bash -c "ls '$T'/spool/*.part"
	kill -TERM "$reader"
	ok "told to end, it ends orderly" wait_for logged_times 2 "exit service=$UDP .*status=0"
	is "$(batches -name '*.part')" 0 "and leaves no half one"
fi

mkdir "$T/tmp"
is "$(TMPDIR=$T/tmp timeout 20 "$T/libexec/unixask.py" "$T/unixread.sock" hello)" "5 bytes" "unixread answers"
chmod 711 "$T/tmp"
is "$(ls -A "$T/tmp")" "" "unixask's file is gone"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", sys.argv[1])' "$T/unixread.sock"
is "$?" 0 "one who cannot be answered"
is "$(TMPDIR=$T/tmp timeout 20 "$T/libexec/unixask.py" "$T/unixread.sock" again)" "5 bytes" "does not stop it"
ok "it told the log" logged "stderr service=$T/unixread.sock pid=[0-9]+ line=\"1 bytes from somebody without a name\""
ok "TERM ends it all orderly" stop_doorward
is "$(find "$T" -type s)" "" "no socket is left"

# --- a folder over HTTP ---------------------------------------------------------------------------

cp "$T/data" "$T/www/data"
echo inside >"$T/www/sub/a&b"
MICRO=$(free_port) BUSY=$(free_port)
grep -v '^#' "$EX/httpd.conf" | sed -E "s/^7180 /$MICRO /; s/^7181 /$BUSY /" | placed - >"$T/httpd.conf"
rm "$T/log"
start_doorward "$T/httpd.conf" || exit 99
get() { curl -sS -m 20 "http://127.0.0.1:$1"; }
fetch() { # port: the file, whole
	get "$1/data" >"$T/fetched" && cmp "$T/data" "$T/fetched"
}
for server in "micro-httpd $MICRO" "busybox $BUSY"; do
	read -r name port <<<"$server"
	installed "$name" "$name" curl || continue
	ok "$name: a file" fetch "$port"
	like "$(get "$port/")" '<a href="(\./)?data">' "$name: the listing of the folder"
	like "$(get "$port/sub/")" '>a&(amp;)?b *<' "$name: a folder in it"
done
if installed "busybox CGI" busybox curl; then
	is "$(get "$BUSY/cgi-bin/hello.cgi?the=time")" "hello 127.0.0.1, you ask for: the=time" "busybox: CGI"
fi
stop_doorward

# --- well-known servers ---------------------------------------------------------------------------

# Their lines want root, and some their own user.
mkdir -p "$T/srv/git" "$T/srv/tftp" "$T/srv/rsync"
cp "$T/data" "$T/srv/tftp/data"
cp "$T/data" "$T/srv/rsync/data"
printf 'use chroot = no\n[files]\npath = %s\n' "$T/srv/rsync" >"$T/rsyncd.conf"
GIT=$(free_port) TFTP=$(free_port) RSYNC=$(free_port) SSH=$(free_port) FTP=$(free_port)
: >"$T/conf"
server() { # service port sed-script...: its line, with this test's files
	local name=$1 port=$2
	shift 2
	sed -E -e "/^$name /!d" -e "s/^$name /127.0.0.1:$port /" -e "s|/srv/$name|$T/srv/$name|" -e "s/\bnobody\b/$SOMEBODY/" "$@" \
		"$EX/servers.conf" >>"$T/conf"
	tail -n 1 "$T/conf" | grep -q "$port " || fail "servers.conf has no line for $name"
}
is "$("$DOORWARD" -t <(sed "s/\bnobody\b/$SOMEBODY/; s/\broot\b/$ME/" "$EX/servers.conf") 2>/dev/null | wc -l)" 5 "servers.conf: five entries"
for name in git rsync tftp ssh ftp; do
	case $name in
	git)
		installed git git || continue
		export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
		git -c init.defaultBranch=main init -q "$T/work"
		cp "$T/data" "$T/work"
		git -C "$T/work" add data
		git -C "$T/work" -c user.name=t -c user.email=t@example.net commit -qm first
		git clone -q --bare "$T/work" "$T/srv/git/r.git"
		# git serves a repository to its owner only.
		[ "$ME" = root ] && chown -R "$SOMEBODY" "$T/srv/git"
		server git "$GIT"
		;;
	rsync) installed rsync rsync && server rsync "$RSYNC" -e "s| root | $ME |; s|/etc/rsyncd.conf|$T/rsyncd.conf|" ;;
	*)
		[ "$ME" = root ] || { skip "$name: needs root" && continue; }
		;;&
	tftp)
		installed tftp in.tftpd tftp || continue
		getent passwd tftp >/dev/null || { skip "tftp: no user tftp" && continue; }
		# Its own idea of staying for the next client is 15 minutes.
		server tftp "$TFTP" -e "s/ udp / udp4 /; s/ --secure/ --timeout 1&/"
		;;
	ssh)
		installed ssh sshd ssh ssh-keygen || continue
		# Its own folder for the first, unprivileged part is made by the init system.
		[ -d /run/sshd ] || { skip "ssh: no /run/sshd" && continue; }
		ssh-keygen -q -t ed25519 -N '' -f "$T/host"
		ssh-keygen -q -t ed25519 -N '' -f "$T/me"
		printf '%s\n' "HostKey $T/host" "AuthorizedKeysFile $T/me.pub" 'StrictModes no' 'UsePAM no' \
			'PermitRootLogin prohibit-password' >"$T/sshd_config"
		server ssh "$SSH" -e "s|sshd -i|& -f $T/sshd_config|"
		;;
	ftp)
		installed ftp vsftpd curl || continue
		getent passwd ftp >/dev/null || { skip "ftp: no user ftp" && continue; }
		printf '%s\n' listen=NO anonymous_enable=YES no_anon_password=YES local_enable=NO "anon_root=$T/srv/tftp" \
			seccomp_sandbox=NO >"$T/vsftpd.conf"
		server ftp "$FTP" -e "s|/etc/vsftpd.conf|$T/vsftpd.conf|"
		;;
	esac
done
served() { grep -q "^127.0.0.1:$1 " "$T/conf"; }
whole() { cmp "$T/data" "$1"; }
git_client() { timeout 60 git clone -q "git://127.0.0.1:$GIT/r.git" "$T/clone" && whole "$T/clone/data"; }
rsync_client() { timeout 60 rsync -q "rsync://127.0.0.1:$RSYNC/files/data" "$T/rsync.got" && whole "$T/rsync.got"; }
tftp_client() { timeout 60 tftp -m octet 127.0.0.1 "$TFTP" -c get data "$T/tftp.got" && whole "$T/tftp.got"; }
ftp_client() { curl -sS -m 60 "ftp://127.0.0.1:$FTP/data" >"$T/ftp.got" && whole "$T/ftp.got"; }
ssh_client() {
	timeout 60 ssh -F none -p "$SSH" -i "$T/me" -o BatchMode=yes -o UserKnownHostsFile="$T/known" -o StrictHostKeyChecking=no \
		root@127.0.0.1 "cat $T/data" >"$T/ssh.got" && whole "$T/ssh.got"
}
if [ -s "$T/conf" ]; then
	start_doorward "$T/conf" || exit 99
	served "$GIT" && ok "git: a clone" git_client
	served "$RSYNC" && ok "rsync: a file" rsync_client
	served "$TFTP" && ok "tftp: a file" tftp_client
	served "$FTP" && ok "ftp: a file" ftp_client
	served "$SSH" && ok "ssh: a command" ssh_client
	ok "TERM ends it orderly" stop_doorward
fi
done_testing
