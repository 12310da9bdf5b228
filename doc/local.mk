# Manual pages and documents: a new one is one more line.
dist_man_MANS += \
	doc/doorward.8 \
	doc/doorward.conf.5 \
	doc/doorward-handlers.7 \
	doc/doorwardctl.1

EXTRA_DIST += \
	doc/DESIGN.md \
	doc/cost.md \
	doc/subtle.md \
	doc/waits.md \
	doc/evidence.md \
	doc/screens.md

# What the manual pages point to.
dist_doc_DATA = \
	doc/control.md \
	doc/handlers.md \
	doc/sandbox.md \
	doc/scale.md

# Handlers to copy, and two of them to build: the tests run every one.
EXAMPLES_CGI = doc/examples/httpd/cgi-bin/hello.cgi doc/examples/httpd/cgi-bin/index.cgi
EXAMPLES = doc/examples/counter.sh doc/examples/echod.c doc/examples/httpd.conf doc/examples/pow.c \
	doc/examples/pow.py doc/examples/README.md \
	doc/examples/ruptime.c doc/examples/ruptimed.sh doc/examples/servers.conf doc/examples/sum.awk \
	doc/examples/udpread.pl doc/examples/unixask.py doc/examples/unixread.py doc/examples/whoami.sh
examplesdir = $(docdir)/examples
dist_examples_DATA = $(EXAMPLES)
examplescgidir = $(docdir)/examples/httpd/cgi-bin
dist_examplescgi_DATA = $(EXAMPLES_CGI)
check_PROGRAMS += doc/examples/echod doc/examples/pow doc/examples/ruptime
doc_examples_pow_SOURCES = doc/examples/pow.c
doc_examples_pow_LDADD =
doc_examples_echod_SOURCES = doc/examples/echod.c
doc_examples_echod_LDADD =
doc_examples_ruptime_SOURCES = doc/examples/ruptime.c
doc_examples_ruptime_LDADD =
