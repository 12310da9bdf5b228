#!/usr/bin/env bash
# reproducible.sh -- `make dist` twice, and two builds in two folders: bit by bit the same
#
# make reproducible. Time zone, language, umask, home and the folder's name and depth differ between the two.
set -u
: "${abs_top_builddir:?}" "${MAKE:=make}"
work=$(mktemp -d "${TMPDIR:-/tmp}/doorward-twice.XXXXXX") || exit 1
[ -n "${KEEP:-}" ] || trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
failed=0

same() { # FILE FILE what
	if cmp "$1" "$2" && [ -s "$1" ]; then
		echo "ok $3 ($(sha256sum <"$1" | cut -c1-16))"
	else
		echo "DIFFERS $3"
		failed=1
	fi
}

archive() { # TO: what make dist made
	"$MAKE" -C "$abs_top_builddir" dist >"$work/dist.log" 2>&1 || { tail -n 20 "$work/dist.log"; exit 1; }
	cp "$abs_top_builddir"/doorward-*.tar.gz "$1"
}

build() { # FOLDER: of $work/1.tar.gz
	mkdir -p "$1" && tar -xf "$work/1.tar.gz" -C "$1" --strip-components=1 && cd "$1" || return 1
	if [ "$2" = apart ]; then
		mkdir made && cd made && set -- ../configure
	else
		set -- ./configure
	fi
	{ "$1" --prefix=/usr && "$MAKE" -j2; } >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log"; return 1; }
	pwd
}

(umask 022 && TZ=UTC LC_ALL=C archive "$work/1.tar.gz")
sleep 1.1 # archives and gzip know seconds
(umask 002 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 archive "$work/2.tar.gz")
same "$work/1.tar.gz" "$work/2.tar.gz" "the archive"

one=$(umask 022 && HOME=/ TZ=UTC LC_ALL=C build "$work/a" within) || { echo "$one"; exit 1; }
two=$(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 build "$work/some/where/else" apart) || { echo "$two"; exit 1; }
for program in src/doorward src/doorwardctl; do
	same "$one/$program" "$two/$program" "$program, of two folders"
done
# An archive made of the archive is the archive.
"$MAKE" -C "$one" dist >"$work/dist.log" 2>&1 || { tail -n 20 "$work/dist.log"; exit 1; }
same "$work/1.tar.gz" "$(ls "$one"/doorward-*.tar.gz)" "the archive, made of the archive"
exit $failed
