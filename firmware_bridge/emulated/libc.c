/* The three functions of the C library that a program without one still needs. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  char *t = to;
  const char *f = from;
  if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0)
    for (; count >= 4; count -= 4, t += 4, f += 4) *(uint32_t *)(void *)t = *(const uint32_t *)(const void *)f;
  while (count--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, size_t count) {
  char *t = to;
  while (count--) *t++ = (char)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t count) {
  const unsigned char *x = a, *y = b;
  for (; count; count--, x++, y++)
    if (*x != *y) return *x - *y;
  return 0;
}
