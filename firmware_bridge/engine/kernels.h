/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels: each makes one row, or one channel, from what it is given. Private to the engine. */
#ifndef RCNET_KERNELS_H_
#define RCNET_KERNELS_H_

#include "rcnet_model.h"

/* A row of a feature map; padding is one channel that serves for all (step 0). */
typedef struct {
  const int8_t *values;
  size_t step; /* from one channel to the next */
} rcnet_row;

/* Bytes behind a row of output that `rcnet_pointwise_row` may spoil, where rows are shorter than 4. */
#define RCNET_SLACK 3

/* Bytes of `packed` for a convolution of this depth. */
#define RCNET_PACKED_BYTES(depth) (8u * (depth))

/* 1x1 convolution of a row: input (inputs, pixels) -> output (outputs, pixels).
 * packed: scratch, RCNET_PACKED_BYTES(depth), aligned to 4. */
void rcnet_pointwise_row(const rcnet_pointwise *layer, const int8_t *input, size_t pixels,
                         void *packed, int8_t *output);

/* The stem on two rows of the picture, (2 * pixels, 3) each -> output (outputs, pixels). */
void rcnet_stem_row(const rcnet_pointwise *layer, const int8_t *upper, const int8_t *lower,
                    size_t pixels, void *packed, int8_t *output);

/* 3x3 depthwise convolution: three rows of (channels, width) -> output (channels, out_width).
 * sums: 0, or the tables of `rcnet_sum_tables`: then `output` holds the shortcut, and gets the sum
 * of it and the convolution. */
void rcnet_depthwise_row(const rcnet_depthwise *layer, const rcnet_row rows[3], size_t width,
                         size_t out_width, const rcnet_sum *sum, const int32_t *sums,
                         int8_t *output);

/* Both operands of a sum, rescaled, for every value they can have: [2][256], by value & 255. */
void rcnet_sum_tables(const rcnet_sum *sum, int32_t *tables);

/* Apply an activation's table in place. */
void rcnet_lookup(const int8_t *table, int8_t *values, size_t count);

/* SimAM of one channel in place, the channel being `size` pieces of `size` values that row(y)
 * returns. sums: [256], counts: [256], table: [256], all scratch; sums from
 * rcnet_attention_tables. */
typedef struct {
  const rcnet *net;
  size_t offset; /* of the channel in each row */
} rcnet_channel;
void rcnet_attention_tables(const rcnet_attention *layer, int32_t *sums);
void rcnet_attention_channel(const rcnet_attention *layer, const rcnet_channel *channel,
                             const int32_t *sums, uint16_t *counts, int8_t *table);

/* Row y of the feature map. */
int8_t *rcnet_slot(const rcnet *net, unsigned y);

/* Add the row (channels, pixels) to the totals of its channels. */
void rcnet_add_totals(const int8_t *row, size_t channels, size_t pixels, int32_t *totals);

/* Totals of the channels -> their averages. */
void rcnet_average(const rcnet_head *head, const int32_t *totals, int8_t *average);

/* average (inputs) -> logits (classes). */
void rcnet_dense(const rcnet_head *head, const int8_t *average, int8_t *logits);

/* logits -> probabilities, in place. */
void rcnet_softmax(const rcnet_head *head, int8_t *logits);

#endif /* RCNET_KERNELS_H_ */
