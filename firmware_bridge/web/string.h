/* All of a C library that the engine needs, for WebAssembly, which has none: web.c defines them. */
#ifndef STRING_H_
#define STRING_H_

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);

#endif /* STRING_H_ */
