/* SPDX-License-Identifier: Apache-2.0 */
/* 1x1 convolution: two thirds of the network's arithmetic.
 *
 * Four pixels and two outputs at a time, so that what is loaded once is used eight times. Two ways:
 *
 * Packed, for cores that add a 32 x 32 product to 64 bits in one instruction (Cortex-M3, M4, M7,
 * M33). Two pixels share a word, 24 bits apart: one such instruction then serves both. Of a word
 * of four neighbours
 *
 *     value  = p0 + p1 * 2^8 + p2 * 2^16 + p3 * 2^24
 *
 * the bits of p0 and p3 remain, and rotated by half, those of p2 and p1: two words that hold a pair
 * each. The upper one is signed as it stands; the lower one must not be negative, and gets 128
 * added. A sum of products of int8 whose absolute weights add up to 65,535 at most (516 of 127; the
 * generator makes sure) fits 24 bits, if it starts at
 *
 *     offset = 2^23 - 128 * sum(weights)
 *
 * which takes the 128s away again and keeps the lower sum positive, so that it borrows nothing from
 * the upper.
 *
 * Plain, for everything else: eight sums of 32 bits.
 *
 * The zero point of the input is in the bias.
 */
#include <string.h>

#include "fixed.h"
#include "kernels.h"

#if defined(__ARM_ARCH) && __ARM_ARCH >= 7 && !defined(__aarch64__) && \
    defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && !defined(RCNET_PLAIN)
#define RCNET_PACKED 1
#endif
/* RCNET_PACKED can be defined by hand, to try this way on any little-endian machine. */
#if defined(RCNET_PACKED) && defined(RCNET_PLAIN)
#error "RCNET_PACKED and RCNET_PLAIN exclude each other"
#endif

#define BLOCK 4 /* pixels */

/* What both ways end in: four sums of one output. */
RCNET_INLINE void finish(const rcnet_pointwise *layer, const rcnet_output *end, int how,
                         int32_t sum0, int32_t sum1, int32_t sum2, int32_t sum3, int8_t *output) {
  int8_t done[BLOCK];
  rcnet_finish(&layer->ending, how, end->multiplier, end->shift, sum0, sum1, sum2, sum3, done);
  memcpy(output, done, BLOCK);
}

#ifdef RCNET_PACKED

typedef int32_t word_t; /* two pixels */

#define LOWER_UNSIGNED UINT32_C(0x00800080)
#define OUTER_BYTES UINT32_C(0xFF0000FF)

/* Four pixels of one channel -> two words. */
RCNET_INLINE void pack(uint32_t four, word_t *words) {
  four ^= LOWER_UNSIGNED;
  words[0] = (word_t)(four & OUTER_BYTES);
  words[1] = (word_t)((four >> 16 | four << 16) & OUTER_BYTES);
}

/* `count` pixels of all channels, one channel every `step` bytes; weights beyond `inputs` are 0. */
RCNET_INLINE void pack_rows(const int8_t *input, size_t step, size_t inputs, size_t depth,
                            size_t count, word_t *words) {
  const word_t *end = words + 2 * depth;
  for (; inputs; inputs--, input += step, words += 2) {
    uint32_t four = 0;
    memcpy(&four, input, count);
    pack(four, words);
  }
  while (words != end) *words++ = 0;
}

#define MULTIPLY(k)                                      \
  {                                                      \
    const int32_t p03 = x[2 * (k)], p21 = x[2 * (k) + 1]; \
    const int32_t w0 = w[2 * (k)], w1 = w[2 * (k) + 1];  \
    outer0 += (int64_t)p03 * w0;                         \
    inner0 += (int64_t)p21 * w0;                         \
    outer1 += (int64_t)p03 * w1;                         \
    inner1 += (int64_t)p21 * w1;                         \
  }

/* The lower sums of both words, and the upper ones. */
#define FINISH(end, outer, inner, output)                                         \
  {                                                                               \
    const int32_t upper = (end)->bias, lower = upper - (1 << 23);                 \
    finish(layer, end, how, (int32_t)(outer & 0xFFFFFF) + lower,                  \
           (int32_t)(inner >> 24) + upper, (int32_t)(inner & 0xFFFFFF) + lower,   \
           (int32_t)(outer >> 24) + upper, output);                               \
  }

RCNET_INLINE void block(const rcnet_pointwise *layer, const word_t *words, int8_t *output,
                        size_t plane, int how) {
  const int8_t *w = layer->weights;
  const word_t *last = words + 2 * (size_t)layer->depth;
  const rcnet_output *end = layer->output, *stop = end + layer->outputs;
  do {
    int64_t outer0 = end[0].offset, inner0 = outer0;
    int64_t outer1 = end[1].offset, inner1 = outer1;
    const word_t *x = words;
    do {
      MULTIPLY(0) MULTIPLY(1) MULTIPLY(2) MULTIPLY(3)
      x += 8;
      w += 8;
    } while (x != last);
    FINISH(end, outer0, inner0, output)
    FINISH(end + 1, outer1, inner1, output + plane)
    output += 2 * plane;
    end += 2;
  } while (end != stop);
}

#else /* plain */

typedef int8_t word_t; /* a pixel */

RCNET_INLINE void pack_rows(const int8_t *input, size_t step, size_t inputs, size_t depth,
                            size_t count, word_t *words) {
  const word_t *end = words + BLOCK * depth;
  for (; inputs; inputs--, input += step, words += BLOCK) {
    uint32_t four = 0;
    memcpy(&four, input, count);
    memcpy(words, &four, BLOCK);
  }
  while (words != end) *words++ = 0;
}

RCNET_INLINE void block(const rcnet_pointwise *layer, const word_t *words, int8_t *output,
                        size_t plane, int how) {
  const int8_t *w = layer->weights;
  const word_t *last = words + BLOCK * (size_t)layer->depth;
  const rcnet_output *end = layer->output, *stop = end + layer->outputs;
  do {
    int32_t a0 = end[0].bias, a1 = a0, a2 = a0, a3 = a0;
    int32_t b0 = end[1].bias, b1 = b0, b2 = b0, b3 = b0;
    const word_t *x = words;
    do {
      const int32_t w0 = w[0], w1 = w[1];
      a0 += x[0] * w0, b0 += x[0] * w1;
      a1 += x[1] * w0, b1 += x[1] * w1;
      a2 += x[2] * w0, b2 += x[2] * w1;
      a3 += x[3] * w0, b3 += x[3] * w1;
      x += BLOCK;
      w += 2;
    } while (x != last);
    finish(layer, end, how, a0, a1, a2, a3, output);
    finish(layer, end + 1, how, b0, b1, b2, b3, output + plane);
    output += 2 * plane;
    end += 2;
  } while (end != stop);
}

#endif

/* Four pixels; a version for each ending. */
static void four_pixels(const rcnet_pointwise *layer, const word_t *words, int8_t *output,
                        size_t plane) {
  if (layer->ending.how == RCNET_RECTIFIED)
    block(layer, words, output, plane, RCNET_RECTIFIED);
  else if (layer->ending.how == RCNET_FULL)
    block(layer, words, output, plane, RCNET_FULL);
  else
    block(layer, words, output, plane, RCNET_CLAMPED);
}

void rcnet_pointwise_row(const rcnet_pointwise *layer, const int8_t *input, size_t pixels,
                         void *packed, int8_t *output) {
  const size_t inputs = layer->inputs, depth = layer->depth;
  word_t *words = packed;
  if (pixels < BLOCK) {
    /* What a channel has too much is overwritten by the next one; see RCNET_SLACK. */
    pack_rows(input, pixels, inputs, depth, pixels, words);
    four_pixels(layer, words, output, pixels);
  } else {
    for (size_t x = 0;; x += BLOCK) {
      if (x + BLOCK > pixels) x = pixels - BLOCK; /* some are made twice */
      pack_rows(input + x, pixels, inputs, depth, BLOCK, words);
      four_pixels(layer, words, output + x, pixels);
      if (x + BLOCK == pixels) break;
    }
  }
  if (layer->table) rcnet_lookup(layer->table, output, pixels * layer->outputs);
}

void rcnet_stem_row(const rcnet_pointwise *layer, const int8_t *upper, const int8_t *lower,
                    size_t pixels, void *packed, int8_t *output) {
  word_t *words = packed;
  for (size_t x = 0;; x += BLOCK) {
    if (x + BLOCK > pixels) x = pixels - BLOCK;
    int8_t square[12][BLOCK]; /* (2 rows x 2 columns x 3 colours, pixels) */
    for (size_t i = 0; i < BLOCK; i++)
      for (size_t k = 0; k < 6; k++) {
        square[k][i] = upper[6 * (x + i) + k];
        square[6 + k][i] = lower[6 * (x + i) + k];
      }
    pack_rows(square[0], BLOCK, 12, layer->depth, BLOCK, words);
    four_pixels(layer, words, output + x, pixels);
    if (x + BLOCK == pixels) break;
  }
  if (layer->table) rcnet_lookup(layer->table, output, pixels * layer->outputs);
}

void rcnet_lookup(const int8_t *table, int8_t *values, size_t count) {
  for (; count; count--, values++) *values = table[(uint8_t)*values];
}
