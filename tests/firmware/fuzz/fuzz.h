/* What the parts of the fuzzer share. Each part plays one entry point from the bytes it is fed, and
 * aborts where the code breaks a promise; the sanitisers see the rest. */
#ifndef FUZZ_H_
#define FUZZ_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                              \
    }                                                                       \
  } while (0)

/* The input; it ends in zeros. */
typedef struct {
  const uint8_t *at;
  size_t left;
} feed_t;

static inline uint8_t feed_byte(feed_t *feed) {
  if (!feed->left) return 0;
  feed->left--;
  return *feed->at++;
}

static inline uint32_t feed_word(feed_t *feed) {
  uint32_t word = 0;
  for (int i = 0; i < 4; i++) word = word << 8 | feed_byte(feed);
  return word;
}

/* 0 to count - 1, with count up to 256. */
static inline unsigned feed_below(feed_t *feed, unsigned count) { return feed_byte(feed) % count; }

/* A block of exactly that many bytes, for the address sanitiser; 0 bytes have an address too. */
static inline void *exactly(size_t bytes, int value) {
  void *block = malloc(bytes ? bytes : 1);
  CHECK(block);
  return memset(block, value, bytes ? bytes : 1);
}

/* Where what is never read comes from: the same for the same state. */
static inline int8_t next_noise(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (int8_t)(*state >> 24);
}

void fuzz_network(feed_t *feed);
void fuzz_camera(feed_t *feed);
void fuzz_top(feed_t *feed);
void fuzz_pointwise(feed_t *feed);
void fuzz_depthwise(feed_t *feed);

#endif /* FUZZ_H_ */
