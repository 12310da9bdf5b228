# Flags of the compiler and the linker, probed into variables of our own:
# CFLAGS, CPPFLAGS and LDFLAGS belong to whoever runs configure.

# _DW_FLAGS(WORDS, WHO, CACHE, VARIABLE, CFLAGS, LDFLAGS): append to VARIABLE each of
# WORDS, $dw_flag, with which a program can be made. clang only warns of a flag that it
# does not know, so the probe makes warnings errors.
AC_DEFUN([_DW_FLAGS], [
for dw_flag in $1; do
  AS_VAR_PUSHDEF([dw_cache], [dw_cv_$3_$dw_flag])dnl
  AC_CACHE_CHECK([whether $2 accepts $dw_flag], [dw_cache], [
    dw_save_CFLAGS=$CFLAGS
    dw_save_LDFLAGS=$LDFLAGS
    CFLAGS="$CFLAGS $5 -Werror"
    LDFLAGS="$LDFLAGS $6"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([dw_cache], [yes])], [AS_VAR_SET([dw_cache], [no])])
    CFLAGS=$dw_save_CFLAGS
    LDFLAGS=$dw_save_LDFLAGS])
  AS_VAR_IF([dw_cache], [yes], [$4="$$4 $dw_flag"])
  AS_VAR_POPDEF([dw_cache])dnl
done])

# DW_CFLAGS(FLAG ...): into DOORWARD_CFLAGS
AC_DEFUN([DW_CFLAGS], [_DW_FLAGS([$1], [$CC], [cflag], [DOORWARD_CFLAGS], [$dw_flag], [])])

# DW_LDFLAGS(FLAG ...): into DOORWARD_LDFLAGS; tried on objects made with DOORWARD_CFLAGS,
# for -pie wants -fPIE
AC_DEFUN([DW_LDFLAGS],
  [_DW_FLAGS([$1], [the linker], [ldflag], [DOORWARD_LDFLAGS], [$DOORWARD_CFLAGS], [$dw_flag])])
