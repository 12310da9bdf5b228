#!/bin/sh
# index.cgi -- the listing of a folder: busybox httpd asks it where there is no index.html
#
# The server has checked the path: it begins with a slash, and has no "..".
LC_ALL=C
escape()
{
	sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'
}

folder=${REQUEST_URI%%\?*}
printf 'Content-Type: text/html; charset=utf-8\r\n\r\n'
printf '<!DOCTYPE html>\n<title>%s</title>\n<ul>\n' "$(printf '%s' "$folder" | escape)"
cd "$(dirname "$0")/..$folder" && for name in *; do
	case $name in '*' | cgi-bin) continue ;; esac
	[ -d "$name" ] && name=$name/
	name=$(printf '%s' "$name" | escape)
	printf '<li><a href="%s">%s</a>\n' "$name" "$name"
done
printf '</ul>\n'
