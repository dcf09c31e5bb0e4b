/* SPDX-License-Identifier: Apache-2.0 */
/* What follows the last feature map: average, dense layer, softmax.
 *
 * The fixed-point softmax is TensorFlow Lite's and, for the reciprocal, gemmlowp's definition:
 * Copyright Google LLC, Apache License 2.0; the code is this project's own.
 */
#include "fixed.h"
#include "kernels.h"

void rcnet_add_totals(const int8_t *row, size_t channels, size_t pixels, int32_t *totals) {
  for (size_t c = 0; c < channels; c++)
    for (size_t x = 0; x < pixels; x++) totals[c] += *row++;
}

void rcnet_average(const rcnet_head *head, const int32_t *totals, int8_t *average) {
  const int32_t zeros = head->size * head->size * head->mean_input_zero;
  for (size_t c = 0; c < head->convolution.outputs; c++)
    average[c] = (int8_t)rcnet_clamp(
        rcnet_rescale_any(totals[c] - zeros, head->mean) + head->mean_zero, -128, 127);
}

void rcnet_dense(const rcnet_head *head, const int8_t *average, int8_t *logits) {
  const int8_t *weights = head->weights;
  for (size_t i = 0; i < head->classes; i++) {
    int32_t sum = head->bias[i];
    for (size_t c = 0; c < head->convolution.outputs; c++) sum += average[c] * *weights++;
    logits[i] = (int8_t)rcnet_clamp(
        rcnet_rescale_any(sum, head->rescale[i]) + head->logit_zero, -128, 127);
  }
}

/* 1 / (1 + x) for x in [0, 1), 31 bits of fraction: three Newton steps from 48/17 - 32/17 d, where
 * d = (1 + x) / 2, with 29 bits of fraction. */
static int32_t reciprocal(int32_t x) {
  const int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
  int32_t y = 1515870810 + rcnet_high_mul(half, -1010580540);
  for (int i = 0; i < 3; i++) {
    int32_t error = (1 << 29) - rcnet_high_mul(half, y);
    y += rcnet_high_mul(y, error) * 4; /* small: the first guess is within 1/17 */
  }
  /* y is 2 / (1 + x) in [1, 2]: half of it, with saturation. */
  return y >= 1 << 30 ? INT32_MAX : y * 2;
}

#define SUM_BITS 12 /* the sum of exponentials has 19 bits of fraction */

void rcnet_softmax(const rcnet_head *head, int8_t *logits) {
  int32_t most = -128, sum = 0;
  for (size_t i = 0; i < head->classes; i++)
    if (logits[i] > most) most = logits[i];
  for (size_t i = 0; i < head->classes; i++)
    sum += rcnet_divide(head->exponential[most - logits[i]], SUM_BITS);
  int32_t zeros = 0; /* in front of the sum, which is at least 1 */
  while (!((uint32_t)sum << zeros & UINT32_C(0x80000000))) zeros++;
  const int32_t scale = reciprocal((int32_t)(((uint32_t)sum << zeros) & UINT32_C(0x7FFFFFFF)));
  const int32_t shift = SUM_BITS - zeros + 31 - 8;
  for (size_t i = 0; i < head->classes; i++) {
    int32_t product = rcnet_high_mul(scale, head->exponential[most - logits[i]]);
    logits[i] = (int8_t)rcnet_clamp(rcnet_divide(product, shift) - 128, -128, 127);
  }
}
