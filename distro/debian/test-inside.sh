#!/bin/bash
# test-inside.sh -- the part of test.sh that runs in the folder: install, upgrade, remove, purge
set -u
failures=0
began=$SECONDS
check() { # what command...
	local what=$1 out
	shift
	if out=$("$@" 2>&1); then
		printf '%3d s  ok      %s\n' $((SECONDS - began)) "$what"
	else
		printf '%3d s  NOT OK  %s\n%s\n' $((SECONDS - began)) "$what" "$out"
		failures=$((failures + 1))
	fi
}
eventually() { # command...: within 20 s
	local end=$((SECONDS + 20))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
running() { pid=$(cat /run/inetd.pid 2>/dev/null) && [ "$(readlink "/proc/$pid/exe")" = /usr/sbin/doorward ]; }
stopped() { ! pgrep -x inetd >/dev/null && [ ! -e /run/inetd.pid ]; }
served() { # port
	local line
	{ exec 7<>"/dev/tcp/127.0.0.1/$1" && read -r -t 5 line <&7 && exec 7>&- && [ "$line" = hello ]; } 2>/dev/null
}
refused() { ! served "$1"; }
provides() {
	# shellcheck disable=SC2016 # dpkg-query's own variables
	[ "$(dpkg-query -W -f '${Provides} ${Conflicts}' doorward)" = "inet-superserver inet-superserver" ]
}
# Everything but dpkg's, apt's and debconf's own books, and files that any installation touches.
files() {
	find / -xdev \( -path /proc -o -path /dev -o -path /root -o -path /tmp -o -path /var/lib/dpkg -o -path /var/cache \
		-o -path /var/log -o -path /var/lib/apt \) -prune -o -print | sort
}
apt() { apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confdef "$@" </dev/null; }

files >/root/before
check "install" apt install /root/doorward.deb
check "... it runs" eventually running
check "... it is the inet-superserver" provides
check "... /etc/inetd.conf is there, and belongs to no package" sh -c 'test -s /etc/inetd.conf && ! dpkg -S /etc/inetd.conf'
check "... in which everything is commented out" sh -c '! grep -q "^[^#]" /etc/inetd.conf'
check "... and which doorward finds good" doorward -t
check "update-inetd adds a service" update-inetd --group OTHER --add '7777	stream	tcp	nowait	nobody	/bin/echo	echo hello'
check "... which is served after its reload" eventually served 7777
check "update-inetd adds another" update-inetd --group OTHER --add '7778	stream	tcp	nowait	nobody	/bin/echo	echo hello'
check "... which is served after its reload" eventually served 7778
check "update-inetd disables it" update-inetd --disable 7778
check "... and it is no longer served" eventually refused 7778
check "update-inetd enables it" update-inetd --enable 7778
check "... and it is served" eventually served 7778
check "the init script reloads" invoke-rc.d doorward reload
echo "# the admin's own words" >>/etc/inetd.conf
cp -p /etc/inetd.conf /root/mine
running && old=$pid

check "upgrade" apt install /root/next.deb
check "... it runs" eventually running
running && check "... in the same process, so that nobody was cut off" test "$pid" = "$old"
check "... /etc/inetd.conf is untouched" cmp /etc/inetd.conf /root/mine
check "... services are served" eventually served 7777

check "remove" apt remove doorward
check "... it has stopped" eventually stopped
check "... /etc/inetd.conf stays" cmp /etc/inetd.conf /root/mine
check "install again" apt install /root/next.deb
check "... services are served" eventually served 7777
check "... /etc/inetd.conf is untouched" cmp /etc/inetd.conf /root/mine

check "openbsd-inetd takes its place" apt install openbsd-inetd
check "... doorward is removed" sh -c '! test -e /usr/sbin/doorward'
check "... services are served" eventually served 7777
sed -i 's/^777/#777/' /etc/inetd.conf
check "purge of the removed doorward" apt purge doorward
check "... leaves openbsd-inetd's configuration" test -s /etc/inetd.conf
sed -i 's/^#777/777/' /etc/inetd.conf
check "doorward takes the place of openbsd-inetd" apt install /root/doorward.deb
check "... openbsd-inetd has gone, and services are served by doorward" eventually running
check "... services are served" eventually served 7777
check "purge of openbsd-inetd" apt purge openbsd-inetd
check "... leaves /etc/inetd.conf" test -s /etc/inetd.conf

check "update-inetd removes the services" sh -c 'update-inetd --remove "7777\s.*" && update-inetd --remove "7778\s.*"'
check "... and they are no longer served" eventually refused 7777
check "purge" apt purge doorward
check "... it has stopped" eventually stopped
# What openbsd-inetd brought along is not ours.
check "... the packages openbsd-inetd had brought go" apt autoremove --purge
files >/root/after
check "... leaves nothing" diff /root/before /root/after
echo "$failures failed"
[ $failures = 0 ]
