#!/usr/bin/env bash
# lint/dialect.sh -- what clang-format cannot see of the house's dialect: pointers as p and !p, comments' ends
set -u
cd "${abs_top_srcdir:-$(dirname "$0")/../..}" || exit 1

count=0
failed=0
# rule WHAT PATTERN: no line of a C file has it
rule()
{
	count=$((count + 1))
	local found
	if found=$(grep -rnE --include='*.[ch]' -e "$2" src tests doc/examples); then
		failed=1
		echo "not ok $count - $1"
		printf '%s\n' "$found" | sed 's/^/# /'
	else
		echo "ok $count - $1"
	fi
}

rule 'a pointer is tested as p and !p' '[!=]= NULL|NULL [!=]='
rule 'the end of a comment stands behind its last word' '^[[:space:]]*\*/[[:space:]]*$'
rule 'a line of a comment is no rule' '^[[:space:]]*(/\*|\*)[[:space:]]*[-=*]{5,}'
rule 'numbers are parsed whole, text is bounded' '\<(atoi|atol|strcpy|strcat|sprintf|gets|strtok)\('
rule 'no line ends in a blank' '[[:blank:]]$'
echo "1..$count"
exit "$failed"
