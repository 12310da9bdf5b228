# The control program; of the rest it links base alone.
bin_PROGRAMS += src/doorwardctl
src_doorwardctl_SOURCES = \
	src/ctl/ask.c \
	src/ctl/ctl.h \
	src/ctl/json.c \
	src/ctl/main.c \
	src/ctl/net.c \
	src/ctl/status.c src/ctl/status.h \
	src/ctl/table.c \
	src/ctl/watch.c \
	src/ctl/import/import.c src/ctl/import/import.h \
	src/ctl/import/systemd.c src/ctl/import/systemd.h \
	src/ctl/import/systemd_map.c \
	src/ctl/import/systemd_unit.c src/ctl/import/systemd_unit.h \
	src/ctl/import/xinetd.c src/ctl/import/xinetd.h \
	src/ctl/import/xinetd_attr.c \
	src/ctl/import/xinetd_map.c
src_doorwardctl_CPPFLAGS = $(AM_CPPFLAGS) -DSBINDIR='"$(sbindir)"'
src_doorwardctl_LDADD = src/base/libbase.a
