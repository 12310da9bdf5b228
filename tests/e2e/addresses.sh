#!/usr/bin/env bash
# e2e/addresses.sh -- what may stand before the service: lists, zones, host names, default-host lines
. "$(dirname "$0")/../lib/lib.sh"

# In networks and mounts of its own, so that addresses and names can be had.
if [ -z "${OWN_NETWORK:-}" ]; then
	as_root=(unshare -mn)
	[ "$(id -u)" = 0 ] || as_root=(unshare -rmn)
	command -v ip >/dev/null || skip_all "no ip(8)"
	"${as_root[@]}" true 2>/dev/null || skip_all "no namespaces here"
	rm -rf "$T"
	OWN_NETWORK=yes exec "${as_root[@]}" bash "$0"
fi

ip link set lo up || exit 99
cat >"$T/hosts" <<EOT
127.0.0.1 localhost
127.0.0.21 two.test
127.0.0.22 two.test
127.0.0.23 four.test
EOT
if has_ipv6; then
	ip -6 address add fd00::7/128 dev lo nodad
	ip -6 address add fe80::77/64 dev lo nodad
	echo "::1 two.test" >>"$T/hosts"
fi
mount --bind "$T/hosts" /etc/hosts || skip_all "no mount here"

cat >"$T/conf" <<EOT
# lists
127.0.0.1,127.0.0.3:2001 stream tcp nowait - /bin/echo echo list
# defaults, for the lines below them
127.0.0.11:
2002 stream tcp nowait - /bin/echo echo default
127.0.0.12:2003 stream tcp nowait - /bin/echo echo own
127.0.0.13,127.0.0.14:
2004 stream tcp nowait - /bin/echo echo defaults
*:2007 stream tcp nowait - /bin/echo echo all
*:
2005 stream tcp4 nowait - /bin/echo echo reset
# names
two.test:2006 stream tcp nowait - /bin/echo echo two
four.test:
2009 stream tcp nowait - /bin/echo echo named
*:
2010 on bind = 127.0.0.31 127.0.0.32, protocol = tcp, user = -, exec = /bin/echo, args = echo bind;
EOT
if has_ipv6; then
	cat >>"$T/conf" <<-EOT
		[::1],127.0.0.5:2011 stream tcp nowait - /bin/echo echo mixed
		fd00::7:2012 stream tcp6 nowait - /bin/echo echo bare
		[fe80::77%lo]:2013 stream tcp6 nowait - /bin/echo echo zone
	EOT
fi
start_doorward "$T/conf" || exit 99

# served WORD PORT ADDRESS...; refused PORT ADDRESS...
served() {
	local word=$1 port=$2
	shift 2
	for at; do is "$(tcp "$at" "$port")" "$word" "$at:$port is served: $word"; done
}
refused() {
	local port=$1
	shift
	for at; do ok "$at:$port is not served" bash -c "! nc -z $at $port"; done
}

served list 2001 127.0.0.1 127.0.0.3
refused 2001 127.0.0.2
served default 2002 127.0.0.11
refused 2002 127.0.0.1
served own 2003 127.0.0.12
refused 2003 127.0.0.11
served defaults 2004 127.0.0.13 127.0.0.14
refused 2004 127.0.0.11 127.0.0.1
served all 2007 127.0.0.1 127.0.0.99
served reset 2005 127.0.0.1 127.0.0.99
served two 2006 127.0.0.21 127.0.0.22
refused 2006 127.0.0.1 127.0.0.23
served named 2009 127.0.0.23
refused 2009 127.0.0.1
served bind 2010 127.0.0.31 127.0.0.32
refused 2010 127.0.0.33
if has_ipv6; then
	served two 2006 ::1
	served all 2007 ::1
	served mixed 2011 ::1 127.0.0.5
	refused 2011 127.0.0.1
	served bare 2012 fd00::7
	refused 2012 ::1
	served zone 2013 fe80::77%lo
	refused 2013 fd00::7
else
	skip "no IPv6 here"
fi

# *:port to addr:port and back: what goes is closed before what comes is bound.
sed -i 's/^\*:2007/127.0.0.8:2007/' "$T/conf"
reload
served all 2007 127.0.0.8
refused 2007 127.0.0.1
sed -i 's/^127.0.0.8:2007/*:2007/' "$T/conf"
reload
served all 2007 127.0.0.1 127.0.0.8

# An address that is not there yet is retried until it is.
echo "198.51.100.7:2014 stream tcp nowait - /bin/echo echo late" >>"$T/conf"
reload
ok "a missing address is logged" logged 'listen service=2014 .*(errno|error)='
ip address add 198.51.100.7/32 dev lo
late_served() { [ "$(tcp 198.51.100.7 2014)" = late ]; }
ok "it is served once it is there" wait_for late_served
ok "TERM ends it orderly" stop_doorward
done_testing
