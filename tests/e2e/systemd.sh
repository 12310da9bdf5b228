#!/usr/bin/env bash
# e2e/systemd.sh -- sd_notify and inherited sockets: with systemd played, with its socket-activate, with a real one
. "$(dirname "$0")/../lib/lib.sh"
export T DOORWARD SOMEBODY abs_top_builddir
export DEADLINE

: "${abs_top_srcdir:?}" "${abs_top_builddir:?}" # lib.sh sets them
unit=$abs_top_builddir/etc/doorward.service

# --- systemd's part, played ---
while read -r word rest; do
	case $word in
	ok) pass "$rest" ;;
	not) fail "${rest#ok }" "$(tail -n 5 "$T/log" 2>/dev/null)" ;;
	note) note "$rest" ;;
	done) played=yes ;;
	*) note "$word $rest" ;;
	esac
done < <(python3 "$TESTS/systemd_manager.py" 2>&1)
is "${played-no}" yes "systemd's part was played to the end"

# --- systemd-socket-activate ---
activate()
{
	local port conf=$T/activate.conf
	port=$(free_port)
	echo "127.0.0.1:$port stream tcp4 nowait - /bin/cat cat" >"$conf"
	systemd-socket-activate -l "127.0.0.1:$port" "$DOORWARD" -f --no-time -p"$T/activate.pid" --control= "$conf" 2>>"$T/activate.log" &
	# it listens before it starts anything, and starts doorward for the first client
	wait_for grep -q "Listening on" "$T/activate.log"
	is "$(tcp 127.0.0.1 "$port" first)" first "systemd-socket-activate: the client that started doorward is served"
	is "$(tcp 127.0.0.1 "$port" second)" second "systemd-socket-activate: and the next one"
	like "$(cat "$T/activate.log")" "listen service=$port" "systemd-socket-activate: the socket is adopted"
	kill -TERM "$(cat "$T/activate.pid")"
	wait $!
	is $? 0 "systemd-socket-activate: TERM ends it"
}
if command -v systemd-socket-activate >/dev/null; then activate; else skip "no systemd-socket-activate"; fi

# --- the unit ---
verify()
{
	mkdir "$T/verify"
	# the paths of an installation that is not there
	sed "s|=\\(-*\\)[^ ]*/sbin/doorward|=\\1$DOORWARD|" "$unit" >"$T/verify/doorward.service"
	systemd-analyze verify --man=no "$T/verify/doorward.service" >"$T/verify/out" 2>&1
	# only what concerns our own file: other units of this machine are none of our business
	is "$(grep -E '^(.*/)?doorward\.service' "$T/verify/out")" "" "systemd-analyze verify has nothing to say about the unit"
	cp "$abs_top_srcdir/etc/doorward.socket" "$T/verify/"
	systemd-analyze verify --man=no "$T/verify/doorward.socket" >"$T/verify/out" 2>&1
	is "$(grep -E '^(.*/)?doorward\.s' "$T/verify/out")" "" "... nor about the example of a socket unit"
}
if command -v systemd-analyze >/dev/null; then verify; else skip "no systemd-analyze"; fi

# every line of the sandbox has its reason above it
is "$(sed -n '/^# --- sandbox/,/^\[Install\]/p' "$abs_top_srcdir/etc/doorward.service.in" |
	awk '/^#?[A-Z][A-Za-z]*=/ { if (!reason) print; reason = 0; next } /^# / { reason = 1; next } { reason = 0 }')" \
	"" "each sandbox line of the unit has a comment"
# what a handler would inherit to its harm: files, mounts, devices, privileges, system calls
is "$(grep -E '^(NoNew|Protect|Private|Restrict[A-Z]|Memory|System|Capability|Ambient|Secure|Root|Read|Inaccess|Device|Lock|Limit|IPA|UMask|User|Group|Dynamic)' \
	"$abs_top_srcdir/etc/doorward.service.in")" "" "the unit sets nothing that would harm handlers"

# --- a real systemd, from this machine's /usr, in a container that is gone afterwards ---
boot()
{
	local units=$T/units
	mkdir "$units" "$T/share"
	chmod 777 "$T/share"
	cp "$DOORWARD" "$T/share/doorward"
	echo '127.0.0.1:7001 stream tcp4 nowait - /bin/cat cat' >"$T/share/conf"
	echo 'OPTIONS="--control= /share/conf"' >"$T/share/options"
	sed -e "s|=\\(-*\\)[^ ]*/sbin/doorward|=\\1/share/doorward|" -e 's|^EnvironmentFile=.*|EnvironmentFile=/share/options|' \
		-e 's/^After=.*/DefaultDependencies=no/' "$unit" >"$units/doorward.service"
	cat >"$units/trial.service" <<'END'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/bash /share/trial
ExecStopPost=/bin/systemctl poweroff --force --force
END
	cat >"$T/share/trial" <<'END'
exec >/share/out 2>&1
systemctl --version | head -n 1
ip link set lo up 2>/dev/null || python3 -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x49))'
systemctl start doorward; echo "start $?"
pid=$(systemctl show -P MainPID doorward)
ask() { exec 7<>/dev/tcp/127.0.0.1/7001 && echo "$1" >&7 && read -r answer <&7 && echo "answer $answer"; exec 7>&-; }
ask one
failed=0
for i in $(seq 20); do systemctl reload doorward || failed=$((failed + 1)); done
echo "20 reloads, $failed failed"
systemctl show -p Type,ActiveState,SubState,StatusText,NRestarts doorward
ask two
[ "$(systemctl show -P MainPID doorward)" = "$pid" ] && echo "the same process"
exec 8<>/dev/tcp/127.0.0.1/7001; echo hold >&8; read -r answer <&8 # a handler at work
systemctl stop doorward; echo "stop $?"
echo "after" >&8; read -r -t 10 answer <&8; echo "handler $answer"
END
	timeout 60 systemd-nspawn -q --volatile=yes --private-network --register=no --keep-unit -M "doorward-$$" -D / \
		--bind="$T/share:/share" --bind-ro="$units:/etc/systemd/system" -b systemd.unit=trial.service \
		>"$T/boot.out" 2>&1 </dev/null
	local out
	if ! out=$(cat "$T/share/out" 2>/dev/null) || [ -z "$out" ]; then
		skip "systemd-nspawn cannot boot a systemd here: $(grep -av '^$' "$T/boot.out" | tail -n 1 | tr -cd '[:print:]')"
		return
	fi
	note "$out"
	like "$out" '^start 0$' "real systemd: start succeeds, so READY=1 was understood"
	like "$out" '^answer one$' "real systemd: a client is served"
	like "$out" '^20 reloads, 0 failed$' "real systemd: 20 times systemctl reload"
	like "$out" '^SubState=running$' "real systemd: running afterwards, not reloading"
	like "$out" '^StatusText=1 services' "real systemd: systemctl status has the counts"
	like "$out" '^answer two$' "real systemd: a client is served after the reloads"
	like "$out" '^the same process$' "real systemd: it never restarted"
	like "$out" '^stop 0$' "real systemd: stop succeeds"
	like "$out" '^handler after$' "real systemd: KillMode=process leaves the handler to its client"
}
if [ "$(id -u)" != 0 ]; then
	skip "a real systemd is booted by root only"
elif ! command -v systemd-nspawn >/dev/null; then
	skip "no systemd-nspawn (package systemd-container) to boot a real systemd in"
elif [ -h /bin ] && [ -x /usr/lib/systemd/systemd ]; then
	boot
else
	skip "a system without merged /usr cannot be booted from /usr alone"
fi
done_testing
