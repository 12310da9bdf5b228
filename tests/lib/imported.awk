# imported.awk -- the rows of a table of src/ctl/import as lines "WORD BECOMES", for doorwardctl.1 and the test that
# compares them: a key, "off" where it switches the definition off, "comment", or "form" for what shapes the whole
/\.name = "/ { row = "" }
{ row = row $0 }
/\},?$/ && row ~ /\.name = "/ {
	n = split(row, rows, /\{\.name = "/)
	for (i = 2; i <= n; i++) {
		word = rows[i]; sub(/".*/, "", word)
		becomes = "form"
		if (match(rows[i], /\.key = "[a-z0-9_]+"/)) becomes = substr(rows[i], RSTART + 8, RLENGTH - 9)
		else if (rows[i] ~ /say_weak|say_guard/) becomes = "off"
		else if (rows[i] ~ /map = (sysd_)?say|map_success/) becomes = "comment"
		print word, becomes
	}
	row = ""
}
