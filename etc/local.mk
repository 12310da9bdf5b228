# What doorward serves: the sample that is installed, the demonstration that is not.
DEMO_HANDLERS = etc/demo/http etc/demo/uptime
EXTRA_DIST += etc/inetd.conf etc/demo.conf.in $(DEMO_HANDLERS)
CLEANFILES += etc/demo.conf
noinst_DATA = etc/demo.conf

# Programs are absolute paths when a configuration is loaded.
etc/demo.conf: $(srcdir)/etc/demo.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && \
	$(SED) 's|@demodir[@]|$(abs_top_srcdir)/etc/demo|g' $(srcdir)/etc/demo.conf.in >$@.tmp && mv $@.tmp $@

# The sample never replaces a file that is there, and only an unchanged sample is removed.
install-data-hook:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)"
	test -e "$(DESTDIR)$(sysconfdir)/inetd.conf" || \
	$(INSTALL_DATA) $(srcdir)/etc/inetd.conf "$(DESTDIR)$(sysconfdir)/inetd.conf"

uninstall-hook:
	if cmp -s $(srcdir)/etc/inetd.conf "$(DESTDIR)$(sysconfdir)/inetd.conf"; then \
	  rm -f "$(DESTDIR)$(sysconfdir)/inetd.conf"; fi
