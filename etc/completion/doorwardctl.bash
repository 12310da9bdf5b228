# shellcheck shell=bash
# doorwardctl.bash -- completion of doorwardctl for bash; found by bash-completion

# Ask the daemon that the words so far would ask.
_doorwardctl_ask() {
	local i socket=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket) socket=(-s "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	doorwardctl "${socket[@]}" "$1" 2>/dev/null
}

# Addresses of clients, without their ports, or of bans; and with a number the words of that column.
_doorwardctl_peers() {
	_doorwardctl_ask "$1" | awk -v what="$1" -v also="$2" 'NR > 1 {
		peer = what == "bans" ? $1 : $3
		if (what == "clients") { sub(/:[0-9]+$/, "", peer); gsub(/[][]/, "", peer) }
		if (peer != "-") print peer
		if (also > 1) print $also }' | sort -u
}

# Names of the services.
_doorwardctl_services() {
	_doorwardctl_ask status | awk 'NR > 1 { print $1; print $1 "/" $2 }' | sort -u
}

# Entries of the files, off or on.
_doorwardctl_entries() {
	doorward --entries 2>/dev/null | tr '\0' '\n' | awk '
		NR % 11 == 1 { state = $0 }
		NR % 11 == 8 { name = $0 }
		NR % 11 == 9 && state != "file" { print name; print name "/" $0 }' | sort -u
}

_doorwardctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' what='' i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket | -t | -f | --file | -d | --dir) i=$((i + 1)) ;;
		-*) ;;
		*)
			if [ -z "$command" ]; then command=${COMP_WORDS[i]}; else what=${COMP_WORDS[i]}; fi
			;;
		esac
	done
	case $prev in
	-s | --socket | -f | --file | -d | --dir)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	case $command/$what in
	/)
		mapfile -t COMPREPLY < <(compgen -W "status show clients kick ban unban bans explain lookup reload check
			export learn pause resume drain upgrade log-level log-connections metrics stop config add enable disable remove import
			-s --socket --help --version" -- "$cur")
		;;
	status/) mapfile -t COMPREPLY < <(compgen -W "--json --watch $(_doorwardctl_services)" -- "$cur") ;;
	show/ | clients/) mapfile -t COMPREPLY < <(compgen -W "--json $(_doorwardctl_services)" -- "$cur") ;;
	kick/) mapfile -t COMPREPLY < <(compgen -W "--json $(_doorwardctl_peers clients 4)" -- "$cur") ;;
	ban/) mapfile -t COMPREPLY < <(compgen -W "--kick $(_doorwardctl_peers clients 0)" -- "$cur") ;;
	unban/) mapfile -t COMPREPLY < <(compgen -W "$(_doorwardctl_peers bans 0)" -- "$cur") ;;
	bans/) mapfile -t COMPREPLY < <(compgen -W --json -- "$cur") ;;
	explain/) mapfile -t COMPREPLY < <(compgen -W "$(_doorwardctl_peers clients 0)" -- "$cur") ;;
	kick/* | ban/* | unban/* | explain/*)
		mapfile -t COMPREPLY < <(compgen -W "$(_doorwardctl_services)" -- "$cur")
		;;
	lookup/) mapfile -t COMPREPLY < <(compgen -W "$(_doorwardctl_ask lookup | awk 'NR > 1 { print $1 }')" -- "$cur") ;;
	log-connections/) mapfile -t COMPREPLY < <(compgen -W "on off" -- "$cur") ;;
	pause/ | resume/) mapfile -t COMPREPLY < <(compgen -W "$(_doorwardctl_services)" -- "$cur") ;;
	drain/) mapfile -t COMPREPLY < <(compgen -W "-t $(_doorwardctl_services)" -- "$cur") ;;
	enable/ | disable/ | remove/) mapfile -t COMPREPLY < <(compgen -W "--check $(_doorwardctl_entries)" -- "$cur") ;;
	log-level/) mapfile -t COMPREPLY < <(compgen -W "error warning info debug" -- "$cur") ;;
	export/) mapfile -t COMPREPLY < <(compgen -W "systemd" -- "$cur") ;;
	export/systemd) mapfile -t COMPREPLY < <(compgen -W "-d -f $(_doorwardctl_entries)" -- "$cur") ;;
	learn/) mapfile -t COMPREPLY < <(compgen -W "-f $(_doorwardctl_entries)" -- "$cur") ;;
	learn/*) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
	import/) mapfile -t COMPREPLY < <(compgen -W "xinetd systemd" -- "$cur") ;;
	check/* | import/* | upgrade/*)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	esac
}
complete -F _doorwardctl doorwardctl
