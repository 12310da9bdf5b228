# What doorward serves: the sample that is installed, the demonstration that is not. And what
# starts it: systemd, OpenRC, an init of System V.
DEMO_HANDLERS = etc/demo/http etc/demo/uptime
EXTRA_DIST += etc/inetd.conf etc/demo.conf.in $(DEMO_HANDLERS)
CLEANFILES += etc/demo.conf
noinst_DATA = etc/demo.conf

# Programs are absolute paths when a configuration is loaded.
etc/demo.conf: $(srcdir)/etc/demo.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && \
	$(SED) 's|@demodir[@]|$(abs_top_srcdir)/etc/demo|g' $(srcdir)/etc/demo.conf.in >$@.tmp && mv $@.tmp $@

# Paths are make's to know: `make prefix=...' is allowed after configure. A systemd before 253
# gets the lines marked notify, any other those marked notify-reload.
STARTERS = etc/doorward.service etc/doorward.tmpfiles etc/doorward.sysv etc/doorward.openrc
EXTRA_DIST += etc/doorward.socket $(STARTERS:=.in)
CLEANFILES += $(STARTERS)

FILL_IN = $(AM_V_GEN)$(MKDIR_P) etc && $(SED) \
	-e 's|@sbindir[@]|$(sbindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	-e 's|@runstatedir[@]|$(runstatedir)|g' \
	-e '/^d \/run 0755/d' -e 's|^@$(systemd_type)[@]||' -e '/^@notify[-a-z]*[@]/d' $(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
etc/doorward.service: $(srcdir)/etc/doorward.service.in Makefile
	$(FILL_IN)
etc/doorward.tmpfiles: $(srcdir)/etc/doorward.tmpfiles.in Makefile
	$(FILL_IN)
etc/doorward.sysv: $(srcdir)/etc/doorward.sysv.in Makefile
	$(FILL_IN)
etc/doorward.openrc: $(srcdir)/etc/doorward.openrc.in Makefile
	$(FILL_IN)

# Scripts for the other two lie ready; configure --with-initscript puts one into its place.
startersdir = $(pkgdatadir)
starters_SCRIPTS = etc/doorward.sysv etc/doorward.openrc
starters_DATA = etc/doorward.socket
AM_INSTALLCHECK_STD_OPTIONS_EXEMPT = etc/doorward.sysv etc/doorward.openrc
if WITH_SYSTEMD
systemdsystemunit_DATA = etc/doorward.service
tmpfilesdir = $(prefix)/lib/tmpfiles.d
install-data-local: install-tmpfiles
endif
noinst_DATA += $(STARTERS)

install-tmpfiles: etc/doorward.tmpfiles
	$(MKDIR_P) "$(DESTDIR)$(tmpfilesdir)"
	$(INSTALL_DATA) etc/doorward.tmpfiles "$(DESTDIR)$(tmpfilesdir)/doorward.conf"

# Pages and the sample have the usual places; what is installed has those that were compiled in.
COMPILED_PATHS = $(SED) -e 's|/etc/inetd|$(sysconfdir)/inetd|g' -e 's|/run/doorward|$(runstatedir)/doorward|g' \
	-e 's|/usr/lib/doorward|$(prefix)/lib/doorward|g'

# The sample never replaces a file that is there, and only an unchanged sample is removed. The
# folder of the control socket is the system's, or it is ours to make.
install-data-hook:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)"
	test -e "$(DESTDIR)$(sysconfdir)/inetd.conf" || { $(COMPILED_PATHS) $(srcdir)/etc/inetd.conf >inetd.conf.tmp && \
	$(INSTALL_DATA) inetd.conf.tmp "$(DESTDIR)$(sysconfdir)/inetd.conf" && rm -f inetd.conf.tmp; }
	for page in $(dist_man_MANS); do \
	  section=$${page##*.} && $(COMPILED_PATHS) "$(srcdir)/$$page" >page.tmp && \
	  $(INSTALL_DATA) page.tmp "$(DESTDIR)$(mandir)/man$$section/$${page##*/}" && rm -f page.tmp || exit 1; done
	test -n "$(DESTDIR)" || $(MKDIR_P) "$(runstatedir)"
	test -z "$(initscript)" || { $(MKDIR_P) "$(DESTDIR)$(sysconfdir)/init.d" && \
	$(INSTALL_SCRIPT) etc/doorward.$(initscript) "$(DESTDIR)$(sysconfdir)/init.d/doorward"; }

uninstall-hook:
	if $(COMPILED_PATHS) $(srcdir)/etc/inetd.conf | cmp -s - "$(DESTDIR)$(sysconfdir)/inetd.conf"; then \
	  rm -f "$(DESTDIR)$(sysconfdir)/inetd.conf"; fi
	test -z "$(tmpfilesdir)" || rm -f "$(DESTDIR)$(tmpfilesdir)/doorward.conf"
	test -z "$(initscript)" || rm -f "$(DESTDIR)$(sysconfdir)/init.d/doorward"

# What distributions and containers are made with.
EXTRA_DIST += distro/alpine/APKBUILD distro/alpine/doorward.post-upgrade distro/container/Containerfile distro/container/inetd.conf distro/container/agent \
	distro/container/haproxy.cfg distro/container/node.conf distro/container/kubernetes.yaml distro/container/doorward-node.service \
	distro/rpm/doorward.spec distro/debian/changelog distro/debian/clean distro/debian/control \
	distro/debian/copyright distro/debian/docs distro/debian/doorward.postinst distro/debian/doorward.postrm \
	distro/debian/links distro/debian/rules distro/debian/source/format distro/debian/test.sh \
	distro/debian/test-inside.sh distro/debian/tests/control distro/debian/tests/installed distro/debian/doorward.lintian-overrides
