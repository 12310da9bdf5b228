/* check/main.h -- main() of a check program: runs its suite(), speaks TAP.
 *
 * The last line of each tests/check/NAME.c includes this file. Run one of them by hand:
 * tests/check/addr; CK_FORK=no keeps it in one process for gdb and valgrind. */
#ifndef DOORWARD_CHECK_MAIN_H
#define DOORWARD_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

int main(void)
{
    SRunner *runner = srunner_create(suite());

    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
