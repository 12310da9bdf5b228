#!/usr/bin/env bash
# e2e/container.sh -- the container of distro/container, without an engine: PID 1, a user nobody knows, no /etc/services
. "$(dirname "$0")/../lib/lib.sh"
: "${abs_top_srcdir:?}" # lib.sh sets it

mkdir "$T/etc"
P1=$(free_port) P2=$(free_port) P3=$(free_port)
sed -e "s/^7001/127.0.0.1:$P1/; s/^7007/127.0.0.1:$P2/" "$abs_top_srcdir/distro/container/inetd.conf" >"$T/conf"
# a handler that leaves an orphan, and looks around
cat >"$T/look" <<'END'
#!/bin/sh
read -r what
case $what in
orphan) (sleep 0.05 </dev/null >/dev/null 2>&1 &) ; echo left ;;
states) cat /proc/[0-9]*/stat | sed 's/.*) //; s/ .*//' | tr -d '\n' ;;
who) echo "$(id -u) $(cat /proc/1/comm) $(wc -c </etc/services)" ;;
esac
END
chmod 755 "$T/look"
echo "127.0.0.1:$P3  stream  tcp4  nowait  -  $T/look" >>"$T/conf"

# Everything but the last program stands for the engine.
inside="mount --bind /dev/null /etc/services && exec"
if [ "$(id -u)" = 0 ]; then
	outer=(unshare --mount --pid --fork --kill-child --mount-proc)
	user="setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all"
else
	outer=(unshare --map-root-user --mount --pid --fork --kill-child --mount-proc)
	user="unshare --user --map-user=10001 --map-group=10001"
fi
[ -e /etc/services ] || inside="exec"
"${outer[@]}" sh -c "$inside $user true" 2>"$T/why" || skip_all "no namespaces for this: $(head -n 1 "$T/why")"
cp "$DOORWARD" "$T/doorward"
"${outer[@]}" sh -c "$inside $user $T/doorward -f --no-time $T/conf" 2>>"$T/log" &
engine=$!
ok "it starts" wait_for logged "listen service=$P3"
ok "and says what becomes of handlers when it ends" wait_for logged '^note what="as pid 1 .*--drain TIME would'
like "$(head -n 1 "$T/log")" '^listen ' "it logs to standard error"
if [ -e /etc/services ]; then
	is "$(tcp 127.0.0.1 "$P3" 'who\n')" "10001 doorward 0" "an ordinary user, doorward is PID 1, /etc/services is empty"
else
	like "$(tcp 127.0.0.1 "$P3" 'who\n')" "^10001 doorward" "an ordinary user, doorward is PID 1"
fi
is "$(tcp 127.0.0.1 "$P1" 'Ann\n')" "Hello Ann, you come from 127.0.0.1" "a handler is served"
is "$(tcp 127.0.0.1 "$P2" hello)" hello "a builtin over tcp is served"
is "$(udp 127.0.0.1 "$P2" hello)" hello "a builtin over udp is served"

for _ in 1 2 3 4 5; do tcp 127.0.0.1 "$P3" 'orphan\n' >/dev/null; done
no_zombies() { local s; s=$(tcp 127.0.0.1 "$P3" 'states\n') && [ -n "$s" ] && [[ $s != *Z* ]]; }
ok "as PID 1 it reaps orphans of its handlers" wait_for no_zombies

# signals come from outside, as from the engine
inner=$(pgrep -P "$engine")
kill -HUP "$inner"
ok "HUP reloads" wait_for logged '^reload kept=4'
kill -TERM "$inner"
wait "$engine"
is $? 0 "TERM ends it with status 0"

### the entries of the manifest
sed -n '/inetd.conf: |/,/^---/s/^    //p' "$abs_top_srcdir/distro/container/kubernetes.yaml" >"$T/kubernetes.conf"
entries=$("$DOORWARD" -t "$T/kubernetes.conf" 2>"$T/problems")
is $? 0 "kubernetes.yaml: its entries are good"
is "$(wc -l <<<"$entries")" 3 "all three"
unlike "$(cat "$T/problems")" 'error|did you mean' "without an error"
done_testing
