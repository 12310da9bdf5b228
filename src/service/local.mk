noinst_LIBRARIES += src/service/libservice.a
src_service_libservice_a_SOURCES = \
	src/service/access.c src/service/access.h \
	src/service/ban.c src/service/ban.h \
	src/service/builtin.c src/service/builtin.h \
	src/service/carry.c src/service/carry.h \
	src/service/ident.c src/service/ident.h \
	src/service/index.c src/service/index.h \
	src/service/keys.c src/service/keys.h \
	src/service/kinds.c src/service/kinds.h \
	src/service/limit.c src/service/limit.h \
	src/service/proto.c src/service/proto.h \
	src/service/proxy.c src/service/proxy.h \
	src/service/replace.c \
	src/service/saved.c src/service/saved.h \
	src/service/service.c src/service/service.h \
	src/service/settings.c src/service/settings.h \
	src/service/table.c \
	src/service/via.c src/service/via.h
