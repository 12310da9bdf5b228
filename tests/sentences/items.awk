# sentences/items.awk -- the items of the lists in the section `section` of a page: "NAME id" or "NAME none", of items with a text in common each
function close_group(i) {
	for (i = 1; i <= count; i++)
		print names[i], marked ? "id" : "none"
	count = 0
}
/^\.Sh / {
	if (on) close_group()
	on = substr($0, 5) == section
	held = marked = grouped = 0
	next
}
!on { next }
/^\.\\" @/ { held++; next } # of the next line's sentence
/^\.\\"/ { next }
/^\.It .* Ta / { next } # a row of a table
/^\.It / {
	if (grouped) {
		marked += held
	} else {
		close_group()
		marked = held
	}
	held = 0
	grouped = 1
	if ($2 == "Fl") { # all that mean the same
		for (i = 3; i <= NF; i++)
			if ($(i - 1) == "Fl") names[++count] = "-" $i
	} else if ($2 ~ /^(Cm|Sy|Ev|Dv)$/) {
		names[++count] = $3
	} else {
		names[++count] = substr($0, 5)
	}
	next
}
{
	marked += held
	held = grouped = 0
}
/^\.El/ { close_group() }
END { if (on) close_group() }
