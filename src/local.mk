# Sources in the order of their rank (doc/DESIGN.md): a new file is one more line.
noinst_LIBRARIES += src/libdoorward.a
sbin_PROGRAMS += src/doorward

src_libdoorward_a_SOURCES = \
	src/text.c src/text.h \
	src/log.c src/log.h \
	src/event.c src/event.h \
	src/addr.c src/addr.h \
	src/value.c src/value.h \
	src/lex.c src/lex.h \
	src/fdset.c src/fdset.h \
	src/ring.h \
	src/run_text.c src/run_text.h \
	src/builtin.c src/builtin.h \
	src/loop.c src/loop.h \
	src/access.c src/access.h \
	src/limit.c src/limit.h \
	src/priv.c src/priv.h \
	src/priv_find.c \
	src/sd.c src/sd.h \
	src/packet.c src/packet.h \
	src/pidfile.c src/pidfile.h \
	src/unixfile.c src/unixfile.h \
	src/service.c src/service.h \
	src/service_index.c src/service_index.h \
	src/service_replace.c \
	src/service_settings.c \
	src/service_table.c \
	src/hosts.c src/hosts.h \
	src/errlog.c src/errlog.h \
	src/drain.c src/drain.h \
	src/conf.c src/conf.h \
	src/conf_address.c src/conf_address.h \
	src/conf_check.c src/conf_check.h \
	src/conf_classic.c src/conf_classic.h \
	src/conf_define.c src/conf_define.h \
	src/conf_draft.c src/conf_draft.h \
	src/conf_file.c src/conf_file.h \
	src/conf_keys.c src/conf_keys.h \
	src/conf_name.c src/conf_name.h \
	src/conf_print.c \
	src/conf_problem.c \
	src/conf_types.c \
	src/conf_user.c \
	src/listen.c src/listen.h \
	src/listen_adopt.c src/listen_adopt.h \
	src/listen_options.c src/listen_options.h \
	src/listen_unix.c \
	src/rpc.c src/rpc.h \
	src/spawn.c src/spawn.h \
	src/spawn_child.c \
	src/spawn_env.c \
	src/spawn_private.h \
	src/spawn_vfork.c \
	src/child.c src/child.h \
	src/admit.c src/admit.h \
	src/admit_log.c src/admit_log.h \
	src/unread.c src/unread.h \
	src/start.c src/start.h \
	src/control.c src/control.h \
	src/control_command.c \
	src/control_private.h \
	src/status.c src/status.h \
	src/answer.c src/answer.h \
	src/handover.c src/handover.h \
	src/handover_peers.c src/handover_peers.h \
	src/mux.c src/mux.h \
	src/conn.c src/conn.h \
	src/server.c src/server.h \
	src/server_private.h \
	src/server_reload.c \
	src/options.c src/options.h

src_doorward_SOURCES = src/main.c
src_doorward_LDADD = src/libdoorward.a

# The control program; of the library it needs the units of rank 0 only.
bin_PROGRAMS += src/doorwardctl
src_doorwardctl_SOURCES = \
	src/doorwardctl.c \
	src/ctl.h \
	src/ctl_ask.c \
	src/ctl_import.c src/ctl_import.h \
	src/ctl_json.c \
	src/ctl_net.c \
	src/ctl_status.c src/ctl_status.h \
	src/ctl_systemd.c src/ctl_systemd.h \
	src/ctl_systemd_map.c \
	src/ctl_systemd_unit.c src/ctl_systemd_unit.h \
	src/ctl_table.c \
	src/ctl_watch.c \
	src/ctl_xinetd.c src/ctl_xinetd.h \
	src/ctl_xinetd_attr.c \
	src/ctl_xinetd_map.c
src_doorwardctl_CPPFLAGS = $(AM_CPPFLAGS) -DSBINDIR='"$(sbindir)"'
src_doorwardctl_LDADD = src/libdoorward.a
