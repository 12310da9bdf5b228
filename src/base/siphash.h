/* base/siphash.h -- SipHash-2-4: a number that nobody without the key can foretell */
#ifndef DOORWARD_BASE_SIPHASH_H
#define DOORWARD_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY = 16 };

uint64_t siphash(const unsigned char key[static SIPHASH_KEY], const void *bytes, size_t len);

#endif
