#!/usr/bin/env bash
# e2e/listen_real.sh -- real daemons of Debian as one handler for several sockets: gpg-agent, and dovecot where it is
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

CTL=$abs_top_builddir/src/doorwardctl
starts() { grep -c "^accept service=$1 " "$T/log"; }
assuan() { # socket command: all that is said until the other end closes; who goes early ends gpg-agent with SIGPIPE
	python3 - "$@" <<-'EOF2'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.settimeout(15)
		s.connect(sys.argv[1])
		f = s.makefile("rw", newline="\n")
		print(f.readline(), end="")
		for line in sys.argv[2], "BYE":
		    f.write(line + "\n")
		    f.flush()
		    while not (said := f.readline()).startswith(("OK", "ERR")) and said:
		        print(said, end="")
		    print(said, end="")
		f.read()
	EOF2
}
ssh_identities() { # socket: the answer to a request for all of them, in hexadecimal
	python3 - "$1" <<-'EOF2'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.settimeout(15)
		s.connect(sys.argv[1])
		s.sendall(bytes([0, 0, 0, 1, 11]))
		said = b""
		while len(said) < 9:
		    said += s.recv(9 - len(said)) or sys.exit("the end")
		print(said.hex())
	EOF2
}

# --- four Listen lines, one daemon: as gpg-agent.socket and its three neighbours ---------------------

if command -v gpg-agent >/dev/null; then
	mkdir -m 700 "$T/gnupg" "$T/run"
	cat >"$T/run/agent.socket" <<-EOF
		[Socket]
		ListenStream=$T/run/S.std
		ListenStream=$T/run/S.extra
		ListenStream=$T/run/S.browser
		ListenStream=$T/run/S.ssh
		SocketMode=0600
		SocketUser=$(id -un)
	EOF
	cat >"$T/run/agent.service" <<-EOF
		[Service]
		User=$(id -un)
		Environment=GNUPGHOME=$T/gnupg
		ExecStart=$(command -v gpg-agent) --supervised
	EOF
	"$CTL" import systemd "$T/run/agent.socket" | sed 's/names = .*/names = std extra browser ssh,/' >"$T/conf"
	like "$(cat "$T/conf")" '^agent on$' "gpg-agent: its unit is one entry"
	start_doorward -l "--control=$T/ctl" "$T/conf"
	like "$(assuan "$T/run/S.std" 'GETINFO pid')" '^D [0-9]+$' "a client of the first socket starts it"
	like "$(assuan "$T/run/S.extra" 'GETINFO version')" '^D 2|^ERR .*Forbidden' "the restricted socket"
	like "$(assuan "$T/run/S.browser" 'GETINFO version')" '^D 2|^ERR .*Forbidden' "the browsers' socket"
	is "$(ssh_identities "$T/run/S.ssh")" 000000050c00000000 "the socket of ssh, whose protocol is another"
	is "$(starts agent)" 1 "one agent has all four"
	assuan "$T/run/S.std" KILLAGENT >/dev/null 2>&1
	ok "it ends" wait_for logged '^exit service=agent '
	is "$(ssh_identities "$T/run/S.ssh")" 000000050c00000000 "the next client starts another, at whichever socket"
	is "$(starts agent)" 2 "one again"
	assuan "$T/run/S.std" KILLAGENT >/dev/null 2>&1
	ok "it ends" wait_for logged_times 2 '^exit service=agent '
	ok "TERM ends the daemon" stop_doorward
else
	skip "gpg-agent is not installed"
fi

# --- ports of two protocols: dovecot ---------------------------------------------------------------------

DOVECOT=$(command -v dovecot)
if [ -n "$DOVECOT" ] && [ "$(id -u)" = 0 ] && [ -x /usr/lib/dovecot/imap-login ]; then
	mapfile -t PORT < <(free_ports 4)
	mkdir -m 755 "$T/dovecot"
	cat >"$T/dovecot.conf" <<-EOF
		base_dir = $T/dovecot/run
		state_dir = $T/dovecot/state
		log_path = $T/dovecot/log
		protocols = imap
		ssl = no
		listen = 127.0.0.1
		passdb {
		  driver = static
		  args = nopassword=y
		}
		userdb {
		  driver = static
		  args = uid=65534 gid=65534 home=$T/dovecot
		}
		service imap-login {
		  inet_listener first {
		    port = ${PORT[0]}
		  }
		  inet_listener second {
		    port = ${PORT[1]}
		  }
		  inet_listener third {
		    port = ${PORT[2]}
		  }
		  inet_listener fourth {
		    port = ${PORT[3]}
		  }
		}
	EOF
	echo "dovecot on listen = ${PORT[*]/#/tcp:127.0.0.1:}, names = first second third fourth, handoff = listen_fds, user = root,
		exec = $DOVECOT, args = dovecot -F -c $T/dovecot.conf;" >"$T/conf"
	start_doorward -l "$T/conf"
	for port in "${PORT[@]}"; do
		like "$(tcp 127.0.0.1 "$port" 'a logout\r\n')" '^[*] OK ' "dovecot: port $port greets"
	done
	is "$(starts dovecot)" 1 "dovecot: one master for four ports"
	kill "$(sed -nE 's/^accept service=dovecot pid=([0-9]+).*/\1/p' "$T/log")"
	ok "dovecot: it ends" wait_for logged '^exit service=dovecot '
	like "$(tcp 127.0.0.1 "${PORT[3]}" 'a logout\r\n')" '^[*] OK ' "dovecot: the next client starts it anew"
	kill "$(sed -nE 's/^accept service=dovecot pid=([0-9]+).*/\1/p' "$T/log" | tail -n 1)"
	ok "dovecot: it ends" wait_for logged_times 2 '^exit service=dovecot '
	ok "TERM ends the daemon" stop_doorward
else
	skip "dovecot is not installed, or this is not root"
fi
done_testing
