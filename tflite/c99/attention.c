/* SPDX-License-Identifier: Apache-2.0 */
/* SimAM: y = x * weight((x - mean) * inverse deviation).
 *
 * Given mean and deviation of a channel, y is a function of x alone, and x has 256 values: the
 * operators of the graph are carried out once for each value that occurs, and not for each pixel.
 * How often each occurs gives the exact sums of values and of squares. Operators that map one int8
 * to one int8 (logistic, rsqrt, scalar factors) are tables from the generator.
 */
#include <string.h>

#include "fixed.h"
#include "kernels.h"

static int32_t to_int8(int32_t value, rcnet_rescale by, int32_t zero) {
  if (by.shift <= -2 && by.shift >= -22) {
    const unsigned right = (unsigned)-by.shift;
    const int32_t high = rcnet_bias_high(zero, right);
    return rcnet_saturate(rcnet_requantise(value, by.multiplier, high, right, 0));
  }
  return rcnet_clamp(rcnet_rescale_any(value, by) + zero, -128, 127);
}

void rcnet_attention_tables(const rcnet_attention *layer, int32_t *sums) {
  rcnet_sum_tables(&layer->centre, sums);
}

/* TensorFlow Lite's squared difference: as its sum, with a shift of 7. */
static int32_t squared_difference(const rcnet_attention *layer, int32_t x, int32_t mean) {
  int32_t left = rcnet_rescale_any((x - layer->x_zero) * (1 << 7), layer->diff_left);
  int32_t right = rcnet_rescale_any((mean - layer->mean_zero) * (1 << 7), layer->diff_right);
  int32_t difference = left - right;
  return to_int8(difference * difference, layer->diff_result, layer->diff_zero);
}

static void count_values(const rcnet_attention *layer, const rcnet_channel *channel,
                         uint16_t *counts) {
  memset(counts, 0, 256 * sizeof *counts);
  for (unsigned y = 0; y < layer->size; y++) {
    const int8_t *row = rcnet_slot(channel->net, y) + channel->offset;
    for (size_t x = 0; x < layer->size; x++) counts[(uint8_t)row[x]]++;
  }
}

void rcnet_attention_channel(const rcnet_attention *layer, const rcnet_channel *channel,
                             const int32_t *sums, uint16_t *counts, int8_t *table) {
  count_values(layer, channel, counts);
  const int32_t pixels = layer->size * layer->size;

  int32_t total = -layer->x_zero * pixels;
  int least = 127, most = -128; /* of the values that occur */
  for (int x = -128; x < 128; x++) {
    if (!counts[(uint8_t)x]) continue;
    total += x * counts[(uint8_t)x];
    if (x < least) least = x;
    most = x;
  }
  const int32_t mean = to_int8(total, layer->mean, layer->mean_zero);

  const int32_t subtrahend = sums[256 + (uint8_t)mean];
  total = -layer->square_zero * pixels;
  for (int x = least; x <= most; x++) {
    if (!counts[(uint8_t)x]) continue;
    int32_t centred =
        to_int8(sums[(uint8_t)x] - subtrahend, layer->centre.result, layer->centre_zero);
    table[(uint8_t)x] = (int8_t)centred;
    total += counts[(uint8_t)x] * (layer->square ? layer->square[(uint8_t)centred]
                                                 : squared_difference(layer, x, mean));
  }
  const int32_t variance = to_int8(total, layer->variance, layer->variance_zero);
  const int32_t inverse = layer->inverse[(uint8_t)variance] - layer->inverse_zero;

  for (int x = least; x <= most; x++) {
    if (!counts[(uint8_t)x]) continue;
    int32_t centred = table[(uint8_t)x] - layer->centre_zero;
    int32_t score = to_int8(centred * inverse, layer->score, layer->score_zero);
    int32_t weight = layer->weight[(uint8_t)score] - layer->weight_zero;
    table[(uint8_t)x] = (int8_t)to_int8((x - layer->x_zero) * weight, layer->result, layer->zero);
  }
  for (unsigned y = 0; y < layer->size; y++)
    rcnet_lookup(table, rcnet_slot(channel->net, y) + channel->offset, layer->size);
}
