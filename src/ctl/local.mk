# The control program; of the rest it links base alone.
bin_PROGRAMS += src/doorwardctl
src_doorwardctl_SOURCES = \
	src/ctl/ask.c src/ctl/ask.h \
	src/ctl/ctl.c src/ctl/ctl.h \
	src/ctl/grid.c src/ctl/grid.h \
	src/ctl/json.c src/ctl/json.h \
	src/ctl/loaded.c src/ctl/loaded.h \
	src/ctl/program.c src/ctl/program.h \
	src/ctl/edit/bytes.c src/ctl/edit/bytes.h \
	src/ctl/edit/change.c src/ctl/edit/change.h \
	src/ctl/edit/daemon.c src/ctl/edit/daemon.h \
	src/ctl/edit/edit.c src/ctl/edit/edit.h \
	src/ctl/edit/export.c src/ctl/edit/export.h \
	src/ctl/edit/learn.c src/ctl/edit/learn.h \
	src/ctl/edit/listing.c src/ctl/edit/listing.h \
	src/ctl/edit/pick.c src/ctl/edit/pick.h \
	src/ctl/edit/target.c src/ctl/edit/target.h \
	src/ctl/edit/where.c src/ctl/edit/where.h \
	src/ctl/main.c \
	src/ctl/people.c src/ctl/people.h \
	src/ctl/rows.c src/ctl/rows.h \
	src/ctl/show.c src/ctl/show.h \
	src/ctl/status.c src/ctl/status.h \
	src/ctl/table.c src/ctl/table.h \
	src/ctl/terminal.c src/ctl/terminal.h \
	src/ctl/watch.c src/ctl/watch.h \
	src/ctl/lookup/list.c src/ctl/lookup/list.h \
	src/ctl/lookup/lookup.c src/ctl/lookup/lookup.h \
	src/ctl/lookup/served.c src/ctl/lookup/served.h \
	src/ctl/import/definition.c src/ctl/import/definition.h \
	src/ctl/import/net.c src/ctl/import/net.h \
	src/ctl/import/words.c src/ctl/import/words.h \
	src/ctl/import/systemd.c src/ctl/import/systemd.h \
	src/ctl/import/systemd_exec.c src/ctl/import/systemd_exec.h \
	src/ctl/import/systemd_cage.c src/ctl/import/systemd_cage.h \
	src/ctl/import/systemd_rows.c src/ctl/import/systemd_rows.h \
	src/ctl/import/systemd_service.c src/ctl/import/systemd_service.h \
	src/ctl/import/systemd_socket.c src/ctl/import/systemd_socket.h \
	src/ctl/import/systemd_unit.c src/ctl/import/systemd_unit.h \
	src/ctl/import/xinetd.c src/ctl/import/xinetd.h \
	src/ctl/import/xinetd_access.c src/ctl/import/xinetd_access.h \
	src/ctl/import/xinetd_attr.c src/ctl/import/xinetd_attr.h \
	src/ctl/import/xinetd_entry.c src/ctl/import/xinetd_entry.h \
	src/ctl/import/xinetd_map.c src/ctl/import/xinetd_map.h \
	src/ctl/import/xinetd_value.c src/ctl/import/xinetd_value.h
src_doorwardctl_CPPFLAGS = $(AM_CPPFLAGS) -DSBINDIR='"$(sbindir)"'
src_doorwardctl_LDADD = src/base/libbase.a
