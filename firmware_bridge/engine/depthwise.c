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

/* Up to four outputs of which some look over the edge, from copies with the padding in them. */
RCNET_INLINE void convolve_edge(const channel_t *channel, const rcnet_depthwise *layer,
                                const int8_t *const *from, size_t width, size_t x, size_t count,
                                size_t stride, int how, int has_sum, int8_t *output) {
  int8_t copy[3][MOST_COLUMNS], done[BLOCK] = {0};
  for (size_t i = 0; i < stride * (BLOCK - 1) + 3; i++) {
    const size_t column = stride * x + i - layer->pad; /* wraps round left of 0, to above width */
    const int inside = column < width;
    copy[0][i] = inside ? from[0][column] : layer->input_zero;
    copy[1][i] = inside ? from[1][column] : layer->input_zero;
    copy[2][i] = inside ? from[2][column] : layer->input_zero;
  }
  if (has_sum) memcpy(done, output, count);
  convolve(channel, copy[0], copy[1], copy[2], stride, how, has_sum, done);
  memcpy(output, done, count);
}

/* All channels; stride, how and has_sum are constants wherever this is inlined. */
RCNET_INLINE void all_channels(const rcnet_depthwise *layer, const rcnet_row *rows, size_t width,
                               size_t out_width, size_t stride, int how, int has_sum,
                               const rcnet_sum *sum, const int32_t *sums, int8_t *output) {
  const size_t columns = stride * (BLOCK - 1) + 3, pad = layer->pad;
  for (size_t c = 0; c < layer->channels; c++, output += out_width) {
    const channel_t channel = {layer->weights + 9 * c, layer->bias[c], layer->multiplier[c],
                               layer->shift[c], &layer->ending, sum, sums};
    const int8_t *const from[3] = {rows[0].values + c * rows[0].step,
                                   rows[1].values + c * rows[1].step,
                                   rows[2].values + c * rows[2].step};
    size_t x = 0;
    while (x < out_width) {
      const size_t count = out_width - x < BLOCK ? out_width - x : BLOCK;
      if (count < BLOCK || stride * x < pad || stride * x - pad + columns > width) {
        convolve_edge(&channel, layer, from, width, x, count, stride, how, has_sum, output + x);
        x += count;
        continue;
      }
      const int8_t *a = from[0] + (stride * x - pad), *b = from[1] + (stride * x - pad);
      const int8_t *d = from[2] + (stride * x - pad);
      for (; x + BLOCK <= out_width && stride * x - pad + columns <= width; x += BLOCK) {
        convolve(&channel, a, b, d, stride, how, has_sum, output + x);
        a += stride * BLOCK, b += stride * BLOCK, d += stride * BLOCK;
      }
    }
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
