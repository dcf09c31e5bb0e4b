/* SPDX-License-Identifier: Apache-2.0 */
/* 3x3 depthwise convolution with padding "same", and the shortcut's sum.
 *
 * Four outputs of one channel at a time: each weight is loaded once for them, each value once for up
 * to three. Blocks at the two ends of a row read from a copy with the padding in it.
 */
#include <string.h>

#include "fixed.h"
#include "kernels.h"

#define BLOCK 4
#define MOST_COLUMNS (2 * (BLOCK - 1) + 3)

/* One row of the window on four places; each value serves up to three of them. */
#define ROW_OF_STRIDE_1(a, w)                                                      \
  {                                                                                \
    const int32_t w0 = (w)[0], w1 = (w)[1], w2 = (w)[2];                           \
    int32_t v = (a)[0]; t0 += v * w0;                                              \
    v = (a)[1]; t0 += v * w1; t1 += v * w0;                                        \
    v = (a)[2]; t0 += v * w2; t1 += v * w1; t2 += v * w0;                          \
    v = (a)[3]; t1 += v * w2; t2 += v * w1; t3 += v * w0;                          \
    v = (a)[4]; t2 += v * w2; t3 += v * w1;                                        \
    v = (a)[5]; t3 += v * w2;                                                      \
  }
#define ROW_OF_STRIDE_2(a, w)                                                      \
  {                                                                                \
    const int32_t w0 = (w)[0], w1 = (w)[1], w2 = (w)[2];                           \
    int32_t v = (a)[0]; t0 += v * w0;                                              \
    v = (a)[1]; t0 += v * w1;                                                      \
    v = (a)[2]; t0 += v * w2; t1 += v * w0;                                        \
    v = (a)[3]; t1 += v * w1;                                                      \
    v = (a)[4]; t1 += v * w2; t2 += v * w0;                                        \
    v = (a)[5]; t2 += v * w1;                                                      \
    v = (a)[6]; t2 += v * w2; t3 += v * w0;                                        \
    v = (a)[7]; t3 += v * w1;                                                      \
    v = (a)[8]; t3 += v * w2;                                                      \
  }

/* Constants of one channel, and of the shortcut's sum. */
typedef struct {
  const int8_t *weights;
  int32_t bias, multiplier, shift;
  const rcnet_ending *ending;
  const rcnet_sum *sum;
  const int32_t *sums;
} channel_t;

/* Four outputs from the windows that start at a, b and c. `output` holds the shortcut. */
RCNET_INLINE void convolve(const channel_t *channel, const int8_t *a, const int8_t *b,
                           const int8_t *c, size_t stride, int how, int has_sum, int8_t *output) {
  const int8_t *w = channel->weights;
  int32_t t0 = channel->bias, t1 = t0, t2 = t0, t3 = t0;
  if (stride == 1) {
    ROW_OF_STRIDE_1(a, w) ROW_OF_STRIDE_1(b, w + 3) ROW_OF_STRIDE_1(c, w + 6)
  } else {
    ROW_OF_STRIDE_2(a, w) ROW_OF_STRIDE_2(b, w + 3) ROW_OF_STRIDE_2(c, w + 6)
  }
  int8_t done[BLOCK];
  rcnet_finish(channel->ending, how, channel->multiplier, channel->shift, t0, t1, t2, t3, done);
  if (has_sum) {
    const int32_t *left = channel->sums, *right = left + 256;
    const rcnet_rescale by = channel->sum->result;
    const rcnet_ending full = {channel->sum->zero, -128, 127, RCNET_FULL};
    rcnet_finish(&full, RCNET_FULL, by.multiplier, -by.shift,
                 left[(uint8_t)output[0]] + right[(uint8_t)done[0]],
                 left[(uint8_t)output[1]] + right[(uint8_t)done[1]],
                 left[(uint8_t)output[2]] + right[(uint8_t)done[2]],
                 left[(uint8_t)output[3]] + right[(uint8_t)done[3]], done);
  }
  memcpy(output, done, BLOCK);
}

/* Rows of up to four outputs, with whatever padding they need on both sides. */
static void copy_short(const int8_t *from, size_t width, size_t pad, int8_t zero, int8_t *copy) {
  for (size_t i = 0; i < MOST_COLUMNS; i++)
    copy[i] = i >= pad && i - pad < width ? from[i - pad] : zero;
}

/* One row of one channel; stride, how and has_sum are constants wherever this is inlined.
 *
 * The last four outputs are made first and stored last: where rows are no multiple of four they
 * overlap with others, which would then find their shortcuts overwritten. Whatever the size, they
 * look one column over the right edge, and the first four, if there is padding at all, one over the
 * left edge. */
RCNET_INLINE void one_channel(const rcnet_depthwise *layer, const channel_t *channel,
                              const int8_t *const *from, size_t width, size_t out_width,
                              size_t stride, int how, int has_sum, int8_t *output) {
  const size_t pad = layer->pad, there = stride * (BLOCK - 1) + 2;
  const size_t count = out_width < BLOCK ? out_width : BLOCK, tail = out_width - count;
  int8_t copy[3][MOST_COLUMNS], last[BLOCK] = {0};
  for (int r = 0; r < 3; r++) {
    if (tail) {
      memcpy(copy[r], from[r] + (stride * tail - pad), there);
      copy[r][there] = layer->input_zero;
    } else {
      copy_short(from[r], width, pad, layer->input_zero, copy[r]);
    }
  }
  if (has_sum) memcpy(last, output + tail, count);
  convolve(channel, copy[0], copy[1], copy[2], stride, how, has_sum, last);
  const int8_t *a = from[0], *b = from[1], *c = from[2];
  if (pad && tail) {
    for (int r = 0; r < 3; r++) {
      copy[r][0] = layer->input_zero;
      memcpy(copy[r] + 1, from[r], there);
    }
    a = copy[0], b = copy[1], c = copy[2];
  }
  for (size_t x = 0; x < tail; x += BLOCK) {
    convolve(channel, a, b, c, stride, how, has_sum, output + x);
    const size_t next = stride * (x + BLOCK) - pad;
    a = from[0] + next, b = from[1] + next, c = from[2] + next;
  }
  memcpy(output + tail, last, count);
}

RCNET_INLINE void all_channels(const rcnet_depthwise *layer, const rcnet_row *rows, size_t width,
                               size_t out_width, size_t stride, int how, int has_sum,
                               const rcnet_sum *sum, const int32_t *sums, int8_t *output) {
  for (size_t c = 0; c < layer->channels; c++, output += out_width) {
    const channel_t channel = {layer->weights + 9 * c, layer->bias[c], layer->multiplier[c],
                               layer->shift[c], &layer->ending, sum, sums};
    const int8_t *const from[3] = {rows[0].values + c * rows[0].step,
                                   rows[1].values + c * rows[1].step,
                                   rows[2].values + c * rows[2].step};
    one_channel(layer, &channel, from, width, out_width, stride, how, has_sum, output);
  }
}

/* A version for each combination that the usual network has, and one for the rest. */
void rcnet_depthwise_row(const rcnet_depthwise *layer, const rcnet_row rows[3], size_t width,
                         size_t out_width, const rcnet_sum *sum, const int32_t *sums,
                         int8_t *output) {
  const size_t stride = layer->stride;
  const int how = layer->ending.how;
  if (stride == 1 && how == RCNET_RECTIFIED && !sum)
    all_channels(layer, rows, width, out_width, 1, RCNET_RECTIFIED, 0, 0, 0, output);
  else if (stride == 1 && how == RCNET_FULL && sum)
    all_channels(layer, rows, width, out_width, 1, RCNET_FULL, 1, sum, sums, output);
  else if (stride == 2 && how == RCNET_FULL && !sum)
    all_channels(layer, rows, width, out_width, 2, RCNET_FULL, 0, 0, 0, output);
  else
    all_channels(layer, rows, width, out_width, stride, RCNET_CLAMPED, sum != 0, sum, sums, output);
  const int8_t *table = sum ? sum->table : layer->table;
  if (table) rcnet_lookup(table, output, out_width * layer->channels);
}

/* TensorFlow Lite's sum: both operands, shifted left by 20, are brought to twice the larger of
 * their scales, and the sum from there to the scale of the result. */
#define SUM_SHIFT 20

static int32_t operand(int32_t value, int8_t zero, rcnet_rescale by) {
  return rcnet_rescale_any((value - zero) * (1 << SUM_SHIFT), by);
}

void rcnet_sum_tables(const rcnet_sum *sum, int32_t *tables) {
  for (int value = -128; value < 128; value++) {
    tables[(uint8_t)value] = operand(value, sum->left_zero, sum->left);
    tables[256 + (uint8_t)value] = operand(value, sum->right_zero, sum->right);
  }
}
