/* serve/rest.h -- before an upgrade: nobody is started, and nobody is halfway */
#ifndef DOORWARD_SERVE_REST_H
#define DOORWARD_SERVE_REST_H

#include "admit/admit.h"

/* From now on nobody is given to a starter, or asked by a helper; who is admitted and has not been
 * given to one waits as if he had come just now. False: somebody is at work; ask again. Without
 * `rest` all goes on as ever. */
bool rest_all(struct master *m, bool rest);

#endif
