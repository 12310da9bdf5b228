# A folder is a library of its own, linked after all that may call it: an upward call does not link.
include src/base/local.mk
include src/os/local.mk
include src/cage/local.mk
include src/service/local.mk
include src/conf/local.mk
include src/listen/local.mk
include src/handler/local.mk
include src/admit/local.mk
include src/serve/local.mk
include src/control/local.mk
include src/daemon/local.mk
include src/ctl/local.mk

LIBDOORWARD = \
	src/daemon/libdaemon.a \
	src/control/libcontrol.a \
	src/serve/libserve.a \
	src/admit/libadmit.a \
	src/handler/libhandler.a \
	src/listen/liblisten.a \
	src/conf/libconf.a \
	src/service/libservice.a \
	src/os/libos.a \
	src/cage/libcage.a \
	src/base/libbase.a

sbin_PROGRAMS += src/doorward
src_doorward_SOURCES = src/daemon/main.c
src_doorward_LDADD = $(LIBDOORWARD)
