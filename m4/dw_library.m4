# DW_LIBRARY(NAME, LIBS, CPPFLAGS, FALLBACK, PROLOGUE, BODY)
#
# A library that a forked child opens with dlopen(3), so that the master maps
# nothing it does not need. Sets dw_soname to the name under which the linker
# would record it, FALLBACK where no tool can tell, and to "no" where the program
# made of PROLOGUE and BODY cannot be linked.
AC_DEFUN([DW_LIBRARY], [
AC_CACHE_CHECK([for the shared library of $1], [dw_cv_soname_$1], [
  dw_save_LIBS=$LIBS
  dw_save_CPPFLAGS=$CPPFLAGS
  LIBS="$2 $LIBS"
  CPPFLAGS="$CPPFLAGS $3"
  dw_cv_soname_$1=no
  AC_LINK_IFELSE([AC_LANG_PROGRAM([$5], [$6])], [
    dw_cv_soname_$1=`($READELF -d conftest$ac_exeext || $OBJDUMP -p conftest$ac_exeext) 2>/dev/null |
      sed -n '/NEEDED/s/.*\(lib$1\.so@<:@0-9.@:>@*\).*/\1/p' | sed 1q`
    test -n "$dw_cv_soname_$1" || dw_cv_soname_$1=$4])
  LIBS=$dw_save_LIBS
  CPPFLAGS=$dw_save_CPPFLAGS])
dw_soname=$dw_cv_soname_$1
])

# DW_WITH(NAME, TEXT): the three-valued option --with-NAME=auto|yes|no in with_NAME.
AC_DEFUN([DW_WITH], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=auto|yes|no], [$2 @<:@auto@:>@])], [], [with_$1=auto])
AS_CASE([$with_$1], [auto|yes|no], [], [AC_MSG_ERROR([--with-$1 takes auto, yes or no, not '$with_$1'])])
])
