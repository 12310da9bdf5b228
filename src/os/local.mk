noinst_LIBRARIES += src/os/libos.a
src_os_libos_a_SOURCES = \
	src/os/caps.c src/os/caps.h \
	src/os/closefds.c src/os/closefds.h \
	src/os/diag.c src/os/diag.h \
	src/os/fd.c src/os/fd.h \
	src/os/fdset.c src/os/fdset.h \
	src/os/heirs.c src/os/heirs.h \
	src/os/helper.c src/os/helper.h \
	src/os/hosts.c src/os/hosts.h \
	src/os/loop.c src/os/loop.h \
	src/os/message.c src/os/message.h \
	src/os/owner.c src/os/owner.h \
	src/os/packet.c src/os/packet.h \
	src/os/pidfile.c src/os/pidfile.h \
	src/os/priv.c src/os/priv.h \
	src/os/priv_find.c \
	src/os/priv_pack.c \
	src/os/program.c src/os/program.h \
	src/os/sd.c src/os/sd.h \
	src/os/title.c src/os/title.h \
	src/os/tree.c src/os/tree.h \
	src/os/unixfile.c src/os/unixfile.h
