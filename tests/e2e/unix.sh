#!/usr/bin/env bash
# e2e/unix.sh -- the file of a unix socket: made safely, owned, removed only if it is ours
. "$(dirname "$0")/../lib/lib.sh"

uid=$(id -u)
S=$T/run
mkdir "$S"
cat >"$T/conf" <<EOT
$S/plain stream unix nowait - /bin/cat cat
$S/stale stream unix nowait - /bin/cat cat
$S/live stream unix nowait - /bin/cat cat
$S/file stream unix nowait - /bin/cat cat
$S/going stream unix nowait - /bin/cat cat
$S/taken stream unix nowait - /bin/cat cat
:::0640:$S/mode640 stream unix nowait - /bin/cat cat
$S/mode600 on protocol = unix, user = -, exec = /bin/cat, unix_mode = 0600;
$S/mode on socktype = dgram, protocol = unix, user = -, exec = /bin/cat, unix_mode = 0222;
$S/me on protocol = unix, user = -, exec = /bin/cat, allow = uid:$uid;
$S/not_me on protocol = unix, user = -, exec = /bin/cat, deny = uid:$uid;
$S/others on protocol = unix, user = -, exec = /bin/cat, allow = uid:$((uid + 1));
$S/creds on protocol = unix, user = -, exec = /usr/bin/env;
$S/echo stream unix nowait - internal
$S/discard stream unix nowait - internal
$S/chargen stream unix nowait - internal
$S/daytime on protocol = unix, user = -, builtin = daytime;
$S/clock stream unix nowait - internal time
EOT
if [ "$uid" = 0 ]; then
	cat >>"$T/conf" <<-EOT
		:nobody:daemon:0460:$S/owned stream unix nowait - /bin/cat cat
		$S/owner on protocol = unix, user = -, exec = /bin/cat, unix_user = nobody, unix_group = mail, unix_mode = 0600;
	EOT
fi

unix() { printf '%s' "${2:-}" | timeout 10 nc -N -U "$S/$1" 2>&1; }
served() { [ "$(unix "$1" hello)" = hello ]; }
mode() { stat -c %a "$S/$1"; }
owner() { stat -c %U:%G "$S/$1"; }
gone() { ! [ -e "$S/$1" ]; }

# A socket that nobody listens on, one with somebody behind it, and a file.
python3 - "$S/stale" <<'EOT'
import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])
EOT
nc -l -k -U "$S/live" >/dev/null &
live=$!
wait_for test -S "$S/live"
echo precious >"$S/file"
start_doorward "$T/conf"

is "$(unix plain hello)" hello "a socket is made and served"
is "$(mode plain)" 666 "its mode is 0666 by default"
is "$(mode mode640) $(mode mode600) $(mode mode)" "640 600 222" "it is what the entry says"
ok "a stale socket is replaced" served stale

is "$(unix echo hello)" hello "echo: by the last part of the path"
is "$(unix discard hello)" "" "discard"
like "$(unix chargen | head -c 74)" '^ !"#' "chargen"
like "$(unix daytime)" '^[A-Z][a-z]+day, .*20[0-9][0-9] ' "daytime: a key"
is "$(unix clock | wc -c)" 4 "time: by its name"
is "$(cat "$S/file")" precious "a regular file is left alone"
like "$(cat "$T/log")" 'listen service=[^ ]*/file .*File exists' "it is logged"
like "$(cat "$T/log")" "listen service=[^ ]*/live .*$(message EADDRINUSE)" "a live socket is refused"
ok "it still is its owner's" kill -0 "$live"
kill "$live"
wait "$live" 2>/dev/null
ok "it is served once its owner has gone" wait_for served live
rm "$S/file"
ok "the file's place is taken once it is free" wait_for served file

is "$(unix me hello)" hello "allow = uid: the peer's own"
is "$(unix not_me hello)" "" "deny = uid: refused"
ok "deny: it is logged" wait_for logged "reject service=$S/not_me from=.*reason=access"
is "$(unix others hello)" "" "allow = another uid: refused"
like "$(unix creds)" "^UNIXREMOTEEUID=$uid$" "the handler is told the peer's uid"

if [ "$uid" = 0 ]; then
	is "$(mode owned) $(owner owned)" "460 nobody:daemon" "owner and group of a classic line"
	is "$(mode owner) $(owner owner)" "600 nobody:mail" "owner and group of a definition"
else
	skip "owners are root's to give"
fi

# Reload: a mode changes in place, a socket goes with its entry, and what is not ours stays.
rm "$S/taken"
echo somebody >"$S/taken"
before=$(stat -c %i "$S/mode600")
sed -i "/going/d; /taken/d; s/unix_mode = 0600/unix_mode = 0606/" "$T/conf"
reload
ok "reload: the socket of an entry that goes is removed" gone going
is "$(cat "$S/taken")" somebody "reload: what is somebody else's by now is not"
is "$(mode mode600) $(stat -c %i "$S/mode600")" "606 $before" "reload: a mode changes in place"

rm "$S/mode640"
ln -s "$T/conf" "$S/mode640"
before=$(stat -c %a "$T/conf")
sed -i "s/:::0640:/:::0600:/" "$T/conf"
reload
is "$(stat -c %a "$T/conf")" "$before" "a mode never goes through a symbolic link"

# What the socket lets in while it is being made: nobody, as far as it can be seen.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	stop_doorward
	grep -F "$S/mode600" "$T/conf" >"$T/conf.one"
	ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-} strace -f -o "$T/trace" -e trace=bind,umask,chmod,fchmodat,listen \
		"$DOORWARD" -f --no-time --control= -p"$T/pid" "$T/conf.one" 2>>"$T/log" &
	tracer=$!
	wait_for pid_file_written
	like "$(grep -E 'umask|bind|chmod|listen' "$T/trace" | tr '\n' ' ')" \
		"umask\(0777\).*bind\(.*mode600.*chmod.*0606.*listen\(" "no permission at birth, its mode before it listens"
	kill "$(cat "$T/pid")"
	wait "$tracer"
	start_doorward "$T/conf"
else
	skip "no strace here"
fi

rm "$S/plain"
echo somebody >"$S/plain"
ok "TERM ends it orderly" stop_doorward
ok "at exit: the sockets are removed" gone stale
is "$(find "$S" -type s)" "" "at exit: all of them"
is "$(cat "$S/plain")" somebody "at exit: what is somebody else's by now is not"
done_testing
