#!/usr/bin/env bash
# e2e/cluster.sh -- HAProxy before three doorwards, each a machine of its own: rolling upgrade, drain, a node killed, limits over all
# shellcheck disable=SC2317 # ok and wait_for call them
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
: "${abs_top_srcdir:?}" # lib.sh sets it

[ "$(id -u)" = 0 ] || skip_all "only root makes machines of network namespaces"
for tool in haproxy ip nsenter nc; do
	command -v "$tool" >/dev/null || skip_all "no $tool here"
done
unshare -n true 2>/dev/null || skip_all "no network namespaces here"

D=$abs_top_srcdir/distro/container
CTL=$(dirname "$DOORWARD")/doorwardctl
PATH=$(cd "$(dirname "$DOORWARD")" && pwd):$PATH # for the agent
export HAPROXY_RUN=$T
machines=() nodes=()

### the machines: 0 is the balancer's, with the clients
on() { nsenter -t "${machines[$1]}" -n "${@:2}"; }
same_namespace() { [ "/proc/${machines[$1]}/ns/net" -ef /proc/self/ns/net ]; }
own_namespace() { ! same_namespace "$1"; }
start_machine() { # N
	unshare -n sleep 120 &
	machines[$1]=$!
	wait_for own_namespace "$1" && on "$1" ip link set lo up
}
cable() { # N: from the balancer to a node, with the addresses that are in the configurations
	on 0 ip link add "node$1" type veth peer name eth0 netns "${machines[$1]}" &&
		on 0 ip link set "node$1" up && on "$1" ip link set eth0 up &&
		on "$1" ip addr add "192.0.2.$1/32" dev eth0 && on "$1" ip route add 192.0.2.254/32 dev eth0 &&
		on 0 ip route add "192.0.2.$1/32" dev "node$1" src 192.0.2.254
}
{ start_machine 0 && on 0 ip addr add 192.0.2.254/32 dev lo && on 0 ip addr add 198.51.100.0/24 dev lo; } 2>"$T/why" ||
	skip_all "no addresses in a namespace here: $(head -n 1 "$T/why")"
for i in 1 2 3; do
	{ start_machine $i && cable $i; } 2>"$T/why" || skip_all "no cables between namespaces here: $(head -n 1 "$T/why")"
done

### what runs on them
written() { [ -s "$T/$1/pid" ]; }
start_node() { # N
	mkdir -p "$T/$1" && rm -f "$T/$1/pid"
	sed "s|/run/doorward|$T/$1/|; s|/usr/lib/doorward/agent|$D/agent|" "$D/node.conf" >"$T/$1/conf"
	nsenter -t "${machines[$1]}" -n "$DOORWARD" -f --no-time "--control=$T/$1/.sock" "-p$T/$1/pid" "$T/$1/conf" 2>>"$T/log" &
	nodes[$1]=$!
	wait_for written "$1"
}
ctl() { timeout 20 "$CTL" -s "$T/$1/.sock" "${@:2}"; }
stat() { # SERVER FIELD: what HAProxy says of it
	echo 'show stat nodes -1 -1' | timeout 10 nc -NU "$T/admin.sock" | awk -F, -v server="$1" -v field="$2" '
		NR == 1 { sub(/^# /, ""); for (i = 1; i <= NF; i++) if ($i == field) column = i }
		$2 == server { print $column }'
}
stat_is() { stat "$1" "$2" | grep -q "^$3"; } # SERVER FIELD BEGINNING
ms() { local t=${EPOCHREALTIME//[!0-9]/}; echo $((t / 1000)); }
leaves() { # NODE: the agent's word takes it out
	local begin
	begin=$(ms)
	ok "node$1: the agent takes it out" wait_for stat_is "node$1" status DRAIN
	note "node$1: out $(($(ms) - begin)) ms after"
}
comes_back() { ok "node$1: it is back" wait_for stat_is "node$1" status UP; }
begin_load() { # CLIENTS
	rm -f "$T/go"
	mkfifo "$T/go"
	nsenter -t "${machines[0]}" -n python3 "$TESTS/cluster_load.py" "$1" <"$T/go" >"$T/load" 2>&1 &
	load=$!
	exec {go}>"$T/go"
}
tell_load() { (echo "$1" >&"$go") && wait_for grep -q "^$2" "$T/load"; }
end_load() {
	exec {go}>&-
	wait "$load"
	note "$(grep -Ev '^(held|released|greedy.*|)$' "$T/load")"
}

for i in 1 2 3; do start_node $i || fail "node$i starts"; done
nsenter -t "${machines[0]}" -n haproxy -db -f "$D/haproxy.cfg" >"$T/haproxy.log" 2>&1 &
haproxy=$!
for i in 1 2 3; do ok "node$i: HAProxy has it" wait_for stat_is "node$i" status UP; done

### upgrade and drain, all of them, while clients come
begin_load 4
ok "clients are served" tell_load hold held
for i in 1 2 3; do
	before=$(cat "$T/$i/pid")
	like "$(ctl $i upgrade 2>&1)" 'has taken over' "node$i: upgraded"
	is "$(cat "$T/$i/pid") ${nodes[$i]}" "$before $before" "node$i: the same process"
done
ok "who came before the upgrades is served after them" tell_load release released
ctl 1 drain hello >"$T/out"
leaves 1
ctl 1 resume hello >"$T/out"
comes_back 1
for i in 1 2 3; do
	ctl $i pause balance >"$T/out"
	leaves $i
	ok "node$i: the last client has gone" wait_for stat_is "node$i" scur '0$'
	ctl $i drain >"$T/out"
	wait "${nodes[$i]}"
	is $? 0 "node$i: drained, it ends with 0"
	start_node $i
	comes_back $i
done
end_load
like "$(tail -n 1 "$T/load")" 'wrong=0 ' "no client saw an error"
is "$(grep -c '^reject ' "$T/log")" 0 "nobody was refused"

is "$("$D/agent" "$T/nobody" 2>/dev/null)" "" "where doorwardctl knows nothing, the agent says nothing"

### limits over all machines: 20 connections of one client
begin_load 0
ok "one client, 21 connections" tell_load greedy greedy
is "$(grep '^greedy' "$T/load")" "greedy open=20 closed=1" "20 may stay, one is closed"
ok "they were on all machines" grep -Eq '^nodes 20 of [67] [67] [67]$' <(
	total=0 each=()
	for i in 1 2 3; do
		each+=("$(ctl $i status --json hello | python3 -c 'import json, sys; print(json.load(sys.stdin)["services"][0]["running"])')")
		total=$((total + each[-1]))
	done
	echo "nodes $total of ${each[*]}"
)
tell_load release released
end_load
like "$(tail -n 1 "$T/load")" 'wrong=0 ' "and all 20 are served"

### one is killed
begin_load 4
ok "clients are served again" tell_load hold held
ok "and go on to be" tell_load release released
kill -KILL "${nodes[3]}"
{ wait "${nodes[3]}"; } 2>/dev/null
ok "HAProxy notices that a node was killed" wait_for stat_is node3 status DOWN
tell_load hold held && tell_load release released
end_load
wrong=$(sed -n 's/.*wrong=\([0-9]*\) .*/\1/p' "$T/load" | tail -n 1)
ok "who was not already with it saw nothing" test "${wrong:-99}" -le 4
ok "HAProxy tried again elsewhere" test "$(stat node3 wretr)$(stat node3 wredis)" != 00
start_node 3
comes_back 3

kill "$haproxy" "${nodes[@]}"
wait "$haproxy" "${nodes[@]}"
kill "${machines[@]}"
wait "${machines[@]}" 2>/dev/null
done_testing
