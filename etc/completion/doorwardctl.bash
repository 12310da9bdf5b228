# shellcheck shell=bash
# doorwardctl.bash -- completion of doorwardctl for bash; found by bash-completion

# Names of the services, asked from the daemon as the words so far would.
_doorwardctl_services() {
	local i socket=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket) socket=(-s "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	doorwardctl "${socket[@]}" status 2>/dev/null | awk 'NR > 1 { print $1; print $1 "/" $2 }' | sort -u
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
		-s | --socket | -t | -f | --file) i=$((i + 1)) ;;
		-*) ;;
		*)
			if [ -z "$command" ]; then command=${COMP_WORDS[i]}; else what=${COMP_WORDS[i]}; fi
			;;
		esac
	done
	case $prev in
	-s | --socket | -f | --file)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	case $command/$what in
	/)
		mapfile -t COMPREPLY < <(compgen -W "status show reload check pause resume drain log-level stop
			config add enable disable remove import
			-s --socket --help --version" -- "$cur")
		;;
	status/) mapfile -t COMPREPLY < <(compgen -W "--json --watch $(_doorwardctl_services)" -- "$cur") ;;
	show/ | pause/ | resume/) mapfile -t COMPREPLY < <(compgen -W "$(_doorwardctl_services)" -- "$cur") ;;
	drain/) mapfile -t COMPREPLY < <(compgen -W "-t $(_doorwardctl_services)" -- "$cur") ;;
	enable/ | disable/ | remove/) mapfile -t COMPREPLY < <(compgen -W "--check $(_doorwardctl_entries)" -- "$cur") ;;
	log-level/) mapfile -t COMPREPLY < <(compgen -W "error warning info debug" -- "$cur") ;;
	import/) mapfile -t COMPREPLY < <(compgen -W "xinetd systemd" -- "$cur") ;;
	check/* | import/*)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	esac
}
complete -F _doorwardctl doorwardctl
