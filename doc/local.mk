# Manual pages and documents: a new one is one more line.
dist_man_MANS += \
	doc/doorward.8 \
	doc/doorward.conf.5 \
	doc/doorward-handlers.7 \
	doc/doorwardctl.1

EXTRA_DIST += \
	doc/DESIGN.md \
	doc/control.md \
	doc/handlers.md
