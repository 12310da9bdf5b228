noinst_LIBRARIES += src/cage/libcage.a
src_cage_libcage_a_SOURCES = \
	src/cage/cage.c src/cage/cage.h \
	src/cage/caps.c src/cage/caps.h \
	src/cage/enter.c src/cage/enter.h
