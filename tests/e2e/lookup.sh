#!/usr/bin/env bash
# e2e/lookup.sh -- what doorwardctl says of names, ports, protocols, programs, hosts and addresses
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$(dirname "$DOORWARD")/doorwardctl
S=$T/control
# What is said on stdout; "exit N" behind it where it is not 0.
look() { timeout 30 "$CTL" -s "$S" lookup "$@" 2>"$T/err" || echo "exit $?"; }

# --- without a daemon
like "$(look 24400)" '^port 24400/tcp: (no name|service )' "without a daemon: it is answered"
unlike "$(look 24400)" 'served by' "and nothing is said of what is served"
like "$(cat "$T/err")" "note: what is served is not known: $S: no daemon answers" "but that it is not known"

# --- with one
P=$(free_port)
cat >"$T/conf" <<EOF
127.0.0.1:$P on name = own, protocol = tcp, user = $SOMEBODY, exec = /bin/cat;
$T/unix stream unix nowait $SOMEBODY /bin/cat
EOF
start_doorward --control "$S" "$T/conf"
both=$(look "$P")
like "$both" "^port $P/tcp: " "a port: tcp"
like "$both" "^  opens      tcp 0.0.0.0:$P and \[::\]:$P\$" "what that opens"
like "$both" "^  served by  own tcp4 127.0.0.1:$P: listening\$" "who serves it"
is "$(grep -c '^  served by  nobody$' <<<"$both")" 1 "udp: nobody"
is "$(look "$P/udp" | tail -n 1)" "  served by  nobody" "a port and a protocol"
is "$(look "$P/tcp6" | sed 1d)" "  opens      tcp [::]:$P
  served by  nobody" "of one family"
is "$(look "127.0.0.1:$P/tcp" | sed 1,2d)" "  opens      tcp 127.0.0.1:$P
  served by  own tcp4 127.0.0.1:$P: listening" "an address and a port"
is "$(look "[::1]:$P/tcp" | sed 1,2d)" "  opens      tcp [::1]:$P
  served by  nobody" "another address"
like "$(look 127.0.0.1)" '^address 127.0.0.1: (no name|name )' "an address"
like "$(look 127.0.0.1)" "^  served by  own " "and who is there"
like "$(look ::1)" '^address ::1: ' "of IPv6"
is "$(look "$T/unix" | tail -n 1)" "  served by  $T/unix unix $T/unix: listening" "a path"
like "$(look tcp46)" "^protocol tcp46: a word of doorward's own" "a protocol of doorward's own"
is "$(look 65536)$(look '')" "exit 1exit 1" "no port"
look $'no\e[31msuch' >"$T/out"
is "$(tr -d '\n -~' <"$T/err")" "" "what is no word reaches no terminal as it is"

# --- tables of our own: where root may mount over the system's
cat >"$T/services" <<'EOF'
ownproto	24811/tcp	ownalias other
ownproto	24811/udp
mine		24812/tcp
EOF
printf 'tcp 6 TCP\nstrange 253 STR\n' >"$T/protocols"
printf 'ownprog 536870999 ownp\n' >"$T/rpc"
printf '127.0.0.1 localhost\n127.0.0.7 ownhost\n127.0.0.8 ownhost\n' >"$T/hosts"
echo "passwd: files" >"$T/nsswitch"
within() { # words: look up there
	# shellcheck disable=SC2016 # words of the inner shell
	timeout 30 unshare -m bash -c 'for f in services protocols rpc hosts; do mount --bind "$0/$f" /etc/$f || exit 99; done
		"${@:1}"' "$T" "$CTL" -s "$S" lookup "$@" 2>"$T/err" || echo "exit $?"
}
if [ "$(within mine | head -n 1)" = "service mine/tcp: port 24812" ]; then
	is "$(within ownproto | grep -v '^ ')" "service ownproto/tcp: port 24811, also called ownalias other
service ownproto/udp: port 24811" "a service"
	is "$(within ownalias | head -n 1)" "service ownalias/tcp: port 24811, also called ownproto other" "an alias"
	is "$(within 24811/tcp | head -n 1)" "port 24811/tcp: service ownproto, also called ownalias other" "its port"
	is "$(within 24899/tcp | head -n 1)" "port 24899/tcp: no name" "a port without a name"
	is "$(within echo/tcp | head -n 1)" "service echo/tcp: port 7, which doorward knows by itself" "a builtin"
	is "$(within strange | head -n 1)" "protocol strange: number 253, also called STR" "a protocol"
	like "$(within 253)" '^protocol 253: number 253, also called strange STR$' "its number"
	is "$(within ownhost: | head -n 1)" "host ownhost: 127.0.0.7 127.0.0.8" "a host"
	is "$(within ownhost | head -n 1)" "host ownhost: 127.0.0.7 127.0.0.8" "a host that is no service"
	is "$(within 127.0.0.7 | head -n 1)" "address 127.0.0.7: name ownhost" "its address"
	like "$(within ownhost:ownproto/tcp)" '^  opens      tcp 127.0.0.7:24811 127.0.0.8:24811$' "a host and a service"
	is "$(within nosuch:ownproto/tcp | tail -n 1)" "exit 1" "no host"
	is "$(within ownprto)" "exit 1" "a slip of the finger"
	like "$(cat "$T/err")" 'did you mean "ownproto"' "and what is meant"
	list=$(within)
	is "$(wc -l <<<"$list")" 4 "all of them"
	like "$list" '^SERVICE +PORT +PROTO +SERVED BY +ALSO CALLED$' "with a head"
	like "$list" '^ownproto +24811 +tcp +- +ownalias other$' "in columns"
	sed "s/24812/$P/" "$T/services" >"$T/services.new" && cat "$T/services.new" >"$T/services"
	like "$(within)" "^mine +$P +tcp +own \(listening\) +-\$" "with who serves it"
	if [ "$(uname -s)" = Linux ] && grep -q getrpcbyname "$abs_top_builddir/config.h" && grep -q '#define HAVE_GETRPCBYNAME' "$abs_top_builddir/config.h"; then
		is "$(within ownp/1 | head -n 1)" "RPC program ownp: number 536870999, also called ownprog" "an RPC program"
		like "$(within ownprog)" '^  opens      a port that the system chooses, and tells rpcbind$' "and what that opens"
	else
		skip "RPC programs: no getrpcbyname"
		skip "RPC programs: no getrpcbyname"
	fi
	: >"$T/services"
	is "$(within)" "exit 1" "none"
	like "$(cat "$T/err")" 'names no service' "is said"
else
	skip "tables of our own: nobody may mount here"
fi
ok "TERM ends it" stop_doorward
done_testing
