#!/usr/bin/env bash
# cage/jail.sh -- namespaces: what a jailed handler sees, how it ends, and who ends with it
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

[ "$(uname)" = Linux ] || skip_all "namespaces are Linux's"
P=() && for _ in $(seq 10); do P+=("$(free_port)"); done
chmod 755 "$T"
mkdir "$T/r" "$T/w" "$T/b" "$T/tree" "$T/tree/lib" "$T/tree/dev" "$T/tree/proc" "$T/tree/tmp"
chmod 755 "$T"/*
chmod 777 "$T/w"
echo text | tee "$T/r/file" "$T/b/file" >"$T/tree/here"
: >"$T/tree/dev/null"
sh="protocol = tcp4, exec = /bin/sh, user = $SOMEBODY"
cat >"$T/conf" <<EOF
127.0.0.1:${P[0]} on $sh, args = sh, sandbox = jail, readable = /etc $T/r, writable = $T/w, bind_mount = $T/b:/srv/b $T/w:/srv/w:rw,
    private_tmp = 64k;
127.0.0.1:${P[1]} on $sh, args = sh -c 'kill -SEGV \$\$', sandbox = jail;
127.0.0.1:${P[2]} on $sh, args = sh -c 'exit 7', sandbox = jail;
127.0.0.1:${P[3]} on $sh, args = sh -c 'trap "echo term; exit 3" TERM; while :; do sleep 0.1; done', sandbox = jail, timeout = 1s;
127.0.0.1:${P[4]} on $sh, args = sh -c 'sleep 4711 & setsid sleep 4711 & echo in', sandbox = jail;
127.0.0.1:${P[5]} on $sh, args = sh, private_tmp = 64k;
127.0.0.1:${P[6]} on $sh, args = sh, private_pids = yes;
127.0.0.1:${P[7]} on protocol = tcp4, exec = /bin/nothing, user = $SOMEBODY, sandbox = jail;
127.0.0.1:${P[8]} on $sh, args = sh, personality = linux32;
EOF
"$DOORWARD" -t "$T/conf" >/dev/null 2>"$T/told"
! grep -q "stays closed" "$T/told" || skip_all "no namespaces here: $(grep -m 1 'stays closed' "$T/told")"
start_doorward -l "$T/conf"

n=0
try() { # TRIAL EXPECTED WHAT
	is "$(tcp 127.0.0.1 "${P[$n]}" "($1) 2>/dev/null || echo held\n")" "$2" "$3"
}
try "cat $T/r/file" text "readable is there at its own place"
try "echo x >$T/r/x" held "and cannot be written"
try "echo x >$T/w/x; cat $T/w/x" x "writable can"
try "cat /srv/b/file" text "bind_mount has another place"
try "echo x >/srv/b/x" held "without rw it cannot be written"
try "echo y >/srv/w/y; cat $T/w/y" y "with rw it can"
try "ls $T" "$(printf 'r\nw')" "what is not named is not there"
try "echo x >/usr/x" held "the system cannot be written"
try "echo x >/tmp/x; cat /tmp/x" x "its own /tmp"
try "cat /tmp/x" held "which the next one does not see"
try "echo x >/tmp/x; cat /var/tmp/x" x "/var/tmp is the same"
try "head -c 100000 /dev/zero >/tmp/x" held "and which has an end"
try "cd /proc; set -- [0-9]*; echo \$#" 3 "its own processes alone"
try "cat /proc/net/dev | grep -c ':'" 1 "a loopback alone"
try "cat /proc/1/environ" held "nor the first one's environment"
try "kill -9 1; kill -0 1" held "the first process is out of reach"
u=$(readlink /proc/self/ns/uts)
try "test \$(readlink /proc/self/ns/uts) != '$u' && echo own" own "its own ipc and host name"
try "ls /dev" "$(printf '%s\n' fd full null random stderr stdin stdout urandom zero)" "a small /dev"
try "echo x >/proc/sys/kernel/hostname" held "/proc cannot be written"
n=5
try "echo x >/tmp/x; cat /tmp/x; test -e /proc/$$ && echo there" "$(printf 'x\nthere')" "private_tmp alone: all else is as it was"
ok "and its /tmp was not ours" [ ! -e /tmp/x ]
try "echo x >/tmp/x; cat /var/tmp/x" x "and /var/tmp with it"
n=6
try "cd /proc; set -- [0-9]*; echo \$#" 3 "private_pids alone"
n=8
try "uname -m | grep -c 64" "0
held" "personality"

tcp 127.0.0.1 "${P[1]}" >/dev/null
ok "a signal that ends it is told as such" wait_for logged "^exit service=${P[1]} .*signal=SIGSEGV"
tcp 127.0.0.1 "${P[2]}" >/dev/null
ok "so is its status" wait_for logged "^exit service=${P[2]} .*status=7"
like "$(tcp 127.0.0.1 "${P[3]}")" term "at its timeout it gets its signal"
ok "and its own answer to that" wait_for logged "^exit service=${P[3]} .*status=3.*reason=timeout"
is "$(tcp 127.0.0.1 "${P[4]}")" in "a handler leaves others running"
ok "it has ended" wait_for logged "^exit service=${P[4]} "
nobody_left() { ! pgrep -f 'sleep 471[1]' >/dev/null; }
ok "with it they have, too" nobody_left
tcp 127.0.0.1 "${P[7]}" >/dev/null 2>&1
ok "a program that is not there is told" wait_for logged "^exec-failed service=${P[7]} .*step=execve"
stop_doorward

# Whose child has something to ask before, stands outside of the jail that it makes then.
{
	echo "127.0.0.1:${P[0]} on $sh, args = sh -c 'trap \"echo term; exit 3\" TERM; while :; do sleep 0.1; done', sandbox = jail, timeout = 1s;"
	echo "127.0.0.1:${P[1]} on $sh, args = sh -c 'sleep 4711 & setsid sleep 4711', sandbox = jail, timeout = 1s, timeout_signal = KILL;"
	echo "127.0.0.1:${P[2]} on $sh, args = sh -c 'trap \"echo term; exit 3\" TERM; while :; do sleep 0.1; done', sandbox = jail,"
	echo "    private_pids = no, timeout = 1s;"
} >"$T/conf"
start_doorward -l --resolve "$T/conf"
tcp 127.0.0.1 "${P[1]}" >/dev/null &
asks=$!
for n in 0 2; do
	like "$(tcp 127.0.0.1 "${P[n]}")" term "names are asked: at its timeout it gets its signal"
	ok "names are asked: and its own answer to that" wait_for logged "^exit service=${P[n]} .*status=3.*reason=timeout"
done
wait "$asks"
ok "names are asked: one who is killed" wait_for logged "^exit service=${P[1]} .*signal=SIGKILL.*reason=timeout"
ok "takes all with it" wait_for nobody_left
stop_doorward

echo "127.0.0.1:${P[0]} on $sh, args = sh, sandbox = jail, chroot = /;" >"$T/conf"
like "$("$DOORWARD" -t "$T/conf" 2>&1)" '"chroot" does not go with "root"' "chroot and root are one too many"

# --- a tree of its own --------------------------------------------------------------------------------

for folder in /usr /bin /lib /lib32 /lib64; do
	[ ! -d "$folder" ] || mkdir "$T/tree$folder" 2>/dev/null
done
echo "127.0.0.1:${P[9]} on $sh, args = sh, sandbox = jail, root = $T/tree, executable = /usr /bin /lib /lib32 /lib64;" >"$T/conf"
start_doorward "$T/conf"
n=9
try "read x </here; echo \$x" text "root = DIR: that is what it sees"
try "echo x >/y" held "and cannot write"
try "cat /etc/passwd" held "the system is not there"
stop_doorward
done_testing
