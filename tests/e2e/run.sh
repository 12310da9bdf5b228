#!/usr/bin/env bash
# e2e/run.sh -- doorward --run: one program without any file
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# A place where a control socket of an ordinary user would be.
mkdir "$T/xdg"
export XDG_RUNTIME_DIR=$T/xdg

start_run() { # option...: like start_doorward, with what --run was given
	: >"$T/log"
	: >"$T/out"
	"$DOORWARD" --no-time "$@" >>"$T/out" 2>>"$T/log" &
	pid=$!
	wait_for logged "^listen " || sed 's/^/# /' "$T/log"
}
serve_once() { # command text: what a client gets from `command`, on a port of its own
	start_run --run "$1" 0
	wait_for test -s "$T/out"
	tcp 127.0.0.1 "$(cat "$T/out")" "${2:-}"
	# The caller is a subshell: its daemon ends here.
	kill "$pid"
	wait "$pid"
}
refused() { # description status regex argument...: it ends by itself, and says why
	local what=$1 status=$2 regex=$3 got
	shift 3
	timeout "$DEADLINE" "$DOORWARD" "$@" </dev/null >"$T/said" 2>&1
	got=$?
	is "$got" "$status" "$what: exit status"
	like "$(cat "$T/said")" "$regex" "$what: says so"
}

# --- where ------------------------------------------------------------------------------------

P=$(free_port)
start_run --run 'env' "$P"
like "$(tcp 127.0.0.1 "$P")" '^TCPREMOTEIP=127.0.0.1$' "a port alone: 127.0.0.1"
if has_ipv6; then
	like "$(tcp ::1 "$P")" '^TCPREMOTEIP=::1$' "a port alone: ::1"
	is "$(log_count '^listen ')" 2 "and nothing but these two"
else
	skip "no IPv6 here"
fi
like "$(tcp 127.0.0.1 "$P")" "^USER=$(id -un)\$" "it runs as who started it"
unlike "$(cat "$T/out")" . "a port that was named is not printed"
is "$(ls "$T/xdg")" "" "no control socket that was not asked for"
kill -HUP "$pid"
ok "HUP: there is nothing new to read" wait_for logged '^reload kept=1 added=0 changed=0 removed=0'
like "$(tcp 127.0.0.1 "$P")" '^TCPREMOTEIP=127.0.0.1$' "and it serves on"
ok "TERM ends it orderly" stop_doorward

start_run --run env -l "127.0.0.2:$P"
like "$(tcp 127.0.0.2 "$P")" '^TCPLOCALIP=127.0.0.2$' "an address with a port; options may stand between"
ok "nobody listens elsewhere" bash -c "! nc -z 127.0.0.1 $P"
ok "-l holds here too" wait_for logged "accept service=$P from=127.0.0.1:[0-9]+ pid=[0-9]+ running=1/64"
stop_doorward

if has_ipv6; then
	start_run --run env "[::1]:$P"
	like "$(tcp ::1 "$P")" '^TCPLOCALIP=::1$' "an IPv6 address in brackets"
	ok "nobody listens on IPv4" bash -c "! nc -z 127.0.0.1 $P"
	stop_doorward
else
	skip "no IPv6 here"
fi

start_run --run cat 0
ok "port 0: a number is printed when the sockets are open" wait_for grep -Eqx '[1-9][0-9]+' "$T/out"
is "$(tcp 127.0.0.1 "$(cat "$T/out")" hello)" hello "and that port serves"
stop_doorward
start_run --run cat 127.0.0.3:0
ok "ADDRESS:0" wait_for test -s "$T/out"
is "$(tcp 127.0.0.3 "$(cat "$T/out")" hello)" hello "serves at that address"
stop_doorward

# --- what -------------------------------------------------------------------------------------

is "$(serve_once cat hello)" hello "a program of PATH"
is "$(serve_once /bin/cat hello)" hello "a path"
is "$(cd /bin && serve_once ./cat hello)" hello "a path from here"
is "$(serve_once "sh -c 'read -r a; echo \"<\$a>\"'" 'two  blanks\n')" '<two  blanks>' "quotes, as in a classic line"
is "$(serve_once "printf '%s,' #a b\\n \"c;d\" 'e=f' ''")" '#a,b\n,c;d,e=f,,' "no character is special but the quotes"
is "$(serve_once "printf '%s' '$(printf '\303\244\001\t\177')|'" | od -An -tx1 | tr -d ' \n')" c3a401097f7c "other bytes stand for themselves"
cat >"$T/has blank" <<'EOF'
#!/bin/sh
echo "$0"
EOF
chmod +x "$T/has blank"
is "$(serve_once "'$T/has blank'")" "$T/has blank" "a path with a blank in it"
cat >"$T/shows" <<'EOF'
#!/bin/sh
echo oops >&2
pwd
EOF
chmod +x "$T/shows"
P=$(free_port)
start_run --run "$T/shows" "$P"
is "$(tcp 127.0.0.1 "$P")" / "standard error does not go to the client"
ok "but to the log" wait_for logged "stderr service=$P pid=[0-9]+ line=oops"
stop_doorward

# --- the safe defaults ------------------------------------------------------------------------

is "$("$DOORWARD" -t --run cat 7000 | grep -Eo '(accept_max|source_max|timeout|stderr)=[^ ]*' | tr '\n' ' ')" \
	"accept_max=64 source_max=16 timeout=10m stderr=log " "-t shows the limits"
is "$("$DOORWARD" -t -c 5 --run cat -s 2 7000 | grep -Eo '(accept_max|source_max)=[^ ]*' | tr '\n' ' ')" \
	"accept_max=5 source_max=2 " "-c and -s take their place, before and after"

# --- what is wrong ----------------------------------------------------------------------------

refused "no port" 64 'exactly one \[ADDRESS:\]PORT' --run cat
refused "two ports" 64 'exactly one \[ADDRESS:\]PORT' --run cat 7000 7001
refused "no program" 64 'there is no program' --run '' 7000
refused "blanks alone" 64 'there is no program' --run '  ' 7000
refused "an unknown program" 64 "'nosuchprogram' 7000: the program is not found" --run nosuchprogram 7000
refused "an unknown path" 64 'the program is not found' --run /no/such/program 7000
refused "a folder" 64 'the program is not executable' --run /bin 7000
refused "a file that is no program" 64 'the program is not executable' --run /etc/passwd 7000
refused "an open quote" 64 'a quote is not closed' --run 'cat "a' 7000
refused "two lines" 64 'more than one line' --run $'cat\ncat' 7000
refused "a port out of range" 64 '--run: error: port "70000" is out of range' --run cat 70000
refused "a port that is none" 64 '--run: error: unknown service "7x"' --run cat 7x
refused "an empty port" 64 'no \[ADDRESS:\]PORT' --run cat ''
refused "more than a port" 64 'no \[ADDRESS:\]PORT' --run cat '7000 on user = root;'
refused "an address that is none" 64 '--run: error: host "no.such.host.invalid"' --run cat no.such.host.invalid:7000
python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)' >"$T/taken" &
wait_for test -s "$T/taken"
refused "a port that is taken" 71 "listen .*error=\"$(message EADDRINUSE)\"" --run cat "127.0.0.1:$(cat "$T/taken")"
refused "the check finds it too" 78 'error: port "70000"' -t --run cat 70000
done_testing
