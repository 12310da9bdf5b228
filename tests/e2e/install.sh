#!/usr/bin/env bash
# e2e/install.sh -- what make install puts where, what it leaves alone, and that the scripts work
. "$(dirname "$0")/../lib/lib.sh"
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}" # lib.sh sets them

unset MAKEFLAGS MFLAGS MAKELEVEL
R=$T/root
# all of configure's folders by name, as a packager gives them; the build may have others
make_it() { # target variable=value ...
	make -C "$abs_top_builddir" DESTDIR="$R" prefix=/usr exec_prefix=/usr bindir=/usr/bin sbindir=/usr/sbin \
		datarootdir=/usr/share datadir=/usr/share mandir=/usr/share/man docdir=/usr/share/doc/doorward \
		sysconfdir=/etc localstatedir=/var runstatedir=/run systemdsystemunitdir=/usr/lib/systemd/system "$@"
}
installed() { (cd "$R" && find . \( -type f -o -type l \) | sort); }

ok "make install" make_it install
files=$(installed)
expected="./etc/inetd.conf ./usr/sbin/doorward ./usr/share/man/man8/doorward.8 ./usr/share/man/man5/doorward.conf.5
./usr/share/man/man7/doorward-handlers.7 ./usr/share/doorward/doorward.sysv ./usr/share/doorward/doorward.openrc
./usr/share/doorward/doorward.socket ./usr/share/doc/doorward/handlers.md ./usr/share/doc/doorward/control.md
./usr/share/doc/doorward/examples/counter.sh ./usr/share/doc/doorward/examples/httpd/cgi-bin/hello.cgi"
if grep -q '^WITH_SYSTEMD_TRUE = *$' "$abs_top_builddir/Makefile"; then
	expected+=" ./usr/lib/systemd/system/doorward.service ./usr/lib/tmpfiles.d/doorward.conf"
fi
[ ! -x "$abs_top_builddir/src/doorwardctl" ] ||
	expected+=" ./usr/bin/doorwardctl ./usr/share/man/man1/doorwardctl.1"
for file in $expected; do
	ok "installed: $file" grep -qxF "$file" <<<"$files"
done
unlike "$files" 'init\.d' "no init script unless configure was asked for one"

# --- paths ---
is "$(grep -c '\.Pa /etc/inetd\.conf' "$R/usr/share/man/man8/doorward.8")" \
	"$(grep -c '\.Pa /etc/inetd\.conf' "$abs_top_srcdir/doc/doorward.8")" "the pages name the paths of this build"
ok "make install elsewhere" make -C "$abs_top_builddir" DESTDIR="$R/other" prefix=/opt/d sysconfdir=/opt/d/etc runstatedir=/opt/d/run \
	mandir=/opt/d/man sbindir=/opt/d/sbin bindir=/opt/d/bin datarootdir=/opt/d/share docdir=/opt/d/doc systemdsystemunitdir=/opt/d/units install
like "$(cat "$R/other/opt/d/man/man8/doorward.8")" '^\.It Pa /opt/d/etc/inetd\.conf$' "... and of another"
is "$(grep -En '[^d]/etc/inetd|[^d]/run/doorward' "$R"/other/opt/d/man/man?/*)" "" "... everywhere"
like "$(cat "$R/other/opt/d/etc/inetd.conf")" '/opt/d/etc/inetd\.d.*doorward -t' "so does the sample"
like "$(cat "$R/other/opt/d/etc/inetd.conf")" 'doorwardctl reload' "which says how to reload"
rm -rf "$R/other"

# --- the sample ---
is "$(grep -v '^#' "$R/etc/inetd.conf")" "" "inetd.conf: everything is commented out"
is "$(awk '/^#[^ ]/ { if (!said) print; said = 0; next } { said = /^# [A-Z]/ }' "$R/etc/inetd.conf" |
	grep -Ev '^#(inetd.conf|Nothing|`)')" "" "inetd.conf: each service has its line of explanation"
sed -n 's/^#\([^ ]\)/\1/p' "$R/etc/inetd.conf" >"$T/all.conf"
ok "inetd.conf: there are services to uncomment" test -s "$T/all.conf"
known=yes
for name in echo discard chargen daytime time http tftp rsync git; do
	getent services $name >/dev/null || known=no
done
if [ $known = yes ] && id www-data >/dev/null 2>&1; then
	ok "inetd.conf: every line is good once it is uncommented" "$DOORWARD" -t "$T/all.conf"
else
	skip "no names in /etc/services, or no www-data, to check the sample's lines"
fi
echo "# mine" >>"$R/etc/inetd.conf"
cp "$R/etc/inetd.conf" "$T/mine"
ok "make install again" make_it install
same_file "$R/etc/inetd.conf" "$T/mine" "an inetd.conf that is there is never overwritten"
ok "make uninstall" make_it uninstall
is "$(installed)" ./etc/inetd.conf "uninstall removes all but the inetd.conf that was changed"
rm -rf "$R"
for script in sysv openrc; do
	ok "make install, as --with-initscript=$script" make_it install initscript=$script
	same_file "$R/etc/init.d/doorward" "$abs_top_builddir/etc/doorward.$script" "... puts it into init.d"
	ok "... executable" test -x "$R/etc/init.d/doorward"
	ok "make uninstall" make_it uninstall initscript=$script
	is "$(installed)" "" "... leaves nothing"
done

# --- tmpfiles ---
if [ "$(id -u)" = 0 ] && command -v systemd-tmpfiles >/dev/null; then
	mkdir -p "$T/tmp"
	sed -n 's|^d [^ ]*/run|d /run|p' "$abs_top_builddir/etc/doorward.tmpfiles" >"$T/tmpfiles.conf"
	ok "systemd-tmpfiles likes the file" systemd-tmpfiles --root="$T/tmp" --create "$T/tmpfiles.conf"
	is "$(stat -c %a "$T/tmp/run/doorward")" 755 "... and makes the folder"
else
	skip "no systemd-tmpfiles, or not root"
fi

# --- the script of System V ---
P=$(free_port)
echo "127.0.0.1:$P stream tcp4 nowait - /bin/cat cat" >"$T/conf"
mkdir "$T/default"
echo "OPTIONS='--control= $T/conf'" >"$T/default/doorward"
sed -e "s|^daemon=.*|daemon=$DOORWARD|" -e "s|^pidfile=.*|pidfile=$T/run/sysv.pid|" \
	-e "s|[^ ]*/default/doorward|$T/default/doorward|g" "$abs_top_builddir/etc/doorward.sysv" >"$T/sysv"
sysv() { sh "$T/sysv" "$1" >"$T/sysv.out" 2>&1; }
status_of() { "$@"; echo $?; }
is "$(status_of sysv status)" 3 "sysv: status before the start"
is "$(status_of sysv reload)" 7 "sysv: reload of what does not run"
is "$(status_of sysv start)" 0 "sysv: start"
pid=$(cat "$T/run/sysv.pid") # for cleanup
is "$(tcp 127.0.0.1 "$P" hello)" hello "sysv: it serves as soon as start has returned"
is "$(status_of sysv status)" 0 "sysv: status"
is "$(status_of sysv start)" 0 "sysv: a second start is no error"
is "$(cat "$T/run/sysv.pid")" "$pid" "... and starts nothing"
P2=$(free_port)
echo "127.0.0.1:$P2 stream tcp4 nowait - /bin/cat cat" >>"$T/conf"
is "$(status_of sysv reload)" 0 "sysv: reload"
answers() { [ "$(tcp 127.0.0.1 "$1" hello)" = hello ]; }
ok "... serves the new line" wait_for answers "$P2"
is "$(status_of sysv restart)" 0 "sysv: restart"
ok "... is another process that serves" answers "$P"
unlike "$(cat "$T/run/sysv.pid")" "^$pid\$" "... with another pid"
pid=$(cat "$T/run/sysv.pid")
is "$(status_of sysv stop)" 0 "sysv: stop"
is "$(status_of sysv status)" 3 "... status says so"
is "$(status_of sysv stop)" 0 "sysv: a second stop is no error"
pid=
mkdir -p "$T/run"
echo $$ >"$T/run/sysv.pid" # somebody else's
is "$(status_of sysv status)" 1 "sysv: a pid file left over is told from a daemon"
is "$(status_of sysv stop)" 0 "... and nobody else is stopped"
is "$(status_of sysv frobnicate)" 2 "sysv: an unknown word"

# --- the script of OpenRC, with its surroundings played ---
cat >"$T/openrc-run" <<'END'
einfo() { :; }; ewarn() { echo "warn: $*"; }; ebegin() { :; }; eend() { return "$1"; }
checkpath() { shift $(($# - 1)); mkdir -p "$1"; }
need() { :; }; use() { :; }; after() { :; }; provide() { echo "provides $1"; }
RC_SVCNAME=doorward
. "$1"
case $2 in
start) start_pre && $command $command_args ;;
*) $2 ;;
esac
END
mkdir "$T/bin"
cat >"$T/bin/start-stop-daemon" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do case $1 in --signal) s=$2; shift ;; --pidfile) p=$2; shift ;; esac; shift; done
kill -"$s" "$(cat "$p")"
END
chmod 755 "$T/bin/start-stop-daemon"
sed -e "s|^command=.*|command=$DOORWARD|" -e "s|^pidfile=.*|pidfile=$T/run/openrc.pid|" \
	-e "s|checkpath -d -m 0755 .*|checkpath $T/run|" "$abs_top_builddir/etc/doorward.openrc" >"$T/openrc"
openrc() { PATH=$T/bin:$PATH OPTIONS="--control= $T/conf" sh "$T/openrc-run" "$T/openrc" "$1" >"$T/openrc.out" 2>&1; }
is "$(status_of openrc depend)" 0 "openrc: depend"
like "$(cat "$T/openrc.out")" "provides inetd" "... provides inetd"
is "$(status_of openrc start)" 0 "openrc: start"
pid=$(cat "$T/run/openrc.pid")
ok "openrc: it serves as soon as start has returned" answers "$P"
echo "127.0.0.1:$(free_port) stream nonsense" >>"$T/conf"
is "$(status_of openrc checkconfig)" 78 "openrc: checkconfig finds the error"
sed -i "s/^127.0.0.1:$P .*//; /nonsense/d" "$T/conf"
is "$(status_of openrc reload)" 0 "openrc: reload"
silent() { ! nc -z 127.0.0.1 "$1"; }
ok "... drops the line" wait_for silent "$P"
kill -TERM "$pid"
ok "TERM ends it" wait_for test ! -e "$T/run/openrc.pid"
pid=
if command -v shellcheck >/dev/null; then
	ok "the scripts: shellcheck" shellcheck "$abs_top_srcdir/etc/doorward.openrc.in" "$abs_top_srcdir/etc/doorward.sysv.in"
else
	skip "no shellcheck"
fi
done_testing
