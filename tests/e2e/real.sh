#!/usr/bin/env bash
# e2e/real.sh -- handlers that people run: git daemon, micro-httpd, tftpd, rsync; what they send is compared byte by byte
# shellcheck disable=SC2317 # the clients are called by their names
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CLIENTS=20
program() { # name...: the first that is there
	local name
	for name; do
		command -v "$name" && return
	done
}
PATH=$PATH:$(git --exec-path 2>/dev/null)
GIT=$(program git-daemon) HTTPD=$(program micro-httpd micro_httpd) TFTPD=$(program in.tftpd) RSYNC=$(program rsync)
G=$(free_port) H=$(free_port) F=$(free_port) R=$(free_port)

# --- something to serve ---------------------------------------------------------------------------

mkdir -p "$T/files" "$T/got" "$T/git"
head -c 300000 /dev/urandom >"$T/files/data"
seq 1 20000 >"$T/files/text"
: >"$T/files/empty"
chmod -R go+rX "$T/files"
cat >"$T/rsyncd.conf" <<EOF
use chroot = no
[files]
path = $T/files
EOF

: >"$T/conf"
if [ -n "$GIT" ]; then
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	git -c init.defaultBranch=main init -q "$T/work"
	cp "$T/files/"* "$T/work"
	git -C "$T/work" add .
	git -C "$T/work" -c user.name=t -c user.email=t@example.net commit -qm first
	git clone -q --bare "$T/work" "$T/git/r.git"
	# git serves a repository to its owner only.
	echo "$G stream tcp nowait $ME $GIT git-daemon --inetd --export-all --base-path=$T/git" >>"$T/conf"
fi
[ -z "$HTTPD" ] || echo "$H stream tcp nowait $SOMEBODY $HTTPD micro-httpd $T/files" >>"$T/conf"
[ -z "$RSYNC" ] || echo "$R stream tcp nowait $ME $RSYNC rsync --daemon --config=$T/rsyncd.conf" >>"$T/conf"
# tftpd changes its root, and its user.
[ -z "$TFTPD" ] || [ "$ME" != root ] ||
	echo "$F dgram udp4 wait root $TFTPD in.tftpd --secure --user nobody --timeout 60 $T/files" >>"$T/conf"
[ -s "$T/conf" ] || skip_all "none of the programs is installed"
start_doorward -l "$T/conf"

# --- one client of each, told its number ----------------------------------------------------------

git_client() {
	timeout 60 git clone -q "git://127.0.0.1:$G/r.git" "$T/got/git.$1" && diff -r -x .git "$T/work" "$T/got/git.$1"
}
http_client() {
	curl -sSf -m 60 -o "$T/got/http.$1" "http://127.0.0.1:$H/data" && cmp "$T/files/data" "$T/got/http.$1"
}
tftp_client() {
	timeout 60 tftp -m octet 127.0.0.1 "$F" -c get data "$T/got/tftp.$1" && cmp "$T/files/data" "$T/got/tftp.$1"
}
rsync_client() {
	timeout 60 rsync -aq "rsync://127.0.0.1:$R/files/" "$T/got/rsync.$1/" && diff -r "$T/files" "$T/got/rsync.$1"
}

at_once() { # client: all of them
	local i clients=() bad=0
	for ((i = 1; i <= CLIENTS; i++)); do
		"$1" "$i" 2>&1 &
		clients+=($!)
	done
	for i in "${clients[@]}"; do
		wait "$i" || bad=$((bad + 1))
	done
	[ "$bad" = 0 ] || echo "$bad of $CLIENTS failed"
	[ "$bad" = 0 ]
}
try() { # name service client client's program
	if ! grep -q "^$2 " "$T/conf" || ! command -v "$4" >/dev/null; then
		skip "$1: not installed, or not for this user"
		skip "$1: not installed, or not for this user"
		return
	fi
	ok "$1: one, and another" one_and_another "$3"
	ok "$1: $CLIENTS at a time" at_once "$3"
}
one_and_another() { "$1" a && "$1" b; }

try "git clone from git daemon" "$G" git_client git
try "curl from micro-httpd" "$H" http_client curl
try "tftp from tftpd" "$F" tftp_client tftp
try "rsync from rsync --daemon" "$R" rsync_client rsync

if [ -n "$HTTPD" ] && command -v curl >/dev/null; then
	is "$(curl -s -m 60 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$H/nothing")" 404 "micro-httpd: what is not there"
fi
if grep -q "^$F " "$T/conf"; then
	is "$(log_count "accept service=$F ")" 1 "tftpd: one server got all the requests"
fi
unlike "$(cat "$T/log")" 'signal=' "none of the programs died"
# QUIT: TERM to those that wait for more, as tftpd does.
kill -QUIT "$pid"
wait "$pid"
is $? 0 "QUIT ends it orderly"
pid=
done_testing
