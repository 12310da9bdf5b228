/* base/sha256.h -- SHA-256 (FIPS 180-4), of a short text at once. */
#ifndef DOORWARD_BASE_SHA256_H
#define DOORWARD_BASE_SHA256_H

#include <stddef.h>

enum { SHA256_SIZE = 32, SHA256_MOST = 183 /* bytes that can be hashed: three blocks */ };

/* Of `len` bytes, at most SHA256_MOST. Async-signal-safe. */
void sha256(const void *data, size_t len, unsigned char digest[static SHA256_SIZE]);

#endif
