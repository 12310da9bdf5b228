noinst_LIBRARIES += src/control/libcontrol.a
src_control_libcontrol_a_SOURCES = \
	src/control/answer.c \
	src/control/bans.c \
	src/control/clients.c \
	src/control/command.c \
	src/control/control.c src/control/control.h \
	src/control/explain.c \
	src/control/json.c src/control/json.h \
	src/control/loaded.c src/control/loaded.h \
	src/control/metrics.c src/control/metrics.h \
	src/control/private.h \
	src/control/saved.c \
	src/control/status.c src/control/status.h \
	src/control/web.c src/control/web.h
