#!/bin/sh
# imported.sh -- the section IMPORTED WORDS of doorwardctl.1, from the tables of src/ctl/import: imported.sh TREE
set -eu
cd "$1"

# The words of these lines that become $1, as a list of mdoc
list()
{
	awk -v what="$1" '$2 == what { print $1 }' "$T" | sort -u | sed -e 's/^/.Li /' -e 's/$/ ,/' -e '$s/ ,$/ ./'
}

part() # title, files: what becomes of their words
{
	printf '.Ss %s\n' "$1"
	shift
	awk -f tests/lib/imported.awk "$@" >"$T"
	printf '.Bl -column "MaxConnectionsPerSource" -compact\n'
	awk '$2 !~ /^(off|comment|form)$/ { print ".It Li " $1 " Ta Cm " $2 }' "$T" | sort -u
	printf '.El\n.Pp\nOff, with the reason:\n'
	list off
	printf '.Pp\nA comment:\n'
	list comment
	printf '.Pp\nLooked at together, for the name, the form and whether it is on:\n'
	list form
}

T=$(mktemp)
trap 'rm -f "$T"' EXIT
part xinetd src/ctl/import/xinetd_attr.c
part 'systemd: Socket' src/ctl/import/systemd_socket.c
part 'systemd: Service' src/ctl/import/systemd_service.c
