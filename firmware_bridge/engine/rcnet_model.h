/* SPDX-License-Identifier: Apache-2.0 */
/* What a generated network consists of. For generated files and the engine; applications need only
 * rcnet.h.
 *
 * Rows of feature maps hold their channels one after the other ("planar"): channel c of a row of
 * `width` pixels starts at c * width.
 */
#ifndef RCNET_MODEL_H_
#define RCNET_MODEL_H_

#include "rcnet.h"

/* x * multiplier * 2^(shift - 31), rounded twice as TensorFlow Lite does: see rcnet_rescale_any. */
typedef struct {
  int32_t multiplier;
  int32_t shift;
} rcnet_rescale;

/* How a convolution ends: rounded, plus `zero`, clamped to [low, high]. */
enum {
  RCNET_CLAMPED,  /* any range */
  RCNET_FULL,     /* the whole of int8 */
  RCNET_RECTIFIED /* the same with zero = -128: ReLU6 that fills int8.
                     Negative sums need no rounding of their own, they all end at -128. */
};
typedef struct {
  int8_t zero, low, high;
  uint8_t how;
} rcnet_ending;

/* The end of one output of a 1x1 convolution. */
typedef struct {
  int32_t bias;   /* input zero point folded in */
  int32_t offset; /* 2^23 - 128 * sum of the weights: see pointwise.c */
  int32_t multiplier;
  int32_t shift; /* to the right; 2 to 22 is fast */
} rcnet_output;

/* 1x1 convolution, or the 2x2 one of the stem as 1x1 over the 12 values of a square. */
typedef struct rcnet_pointwise {
  const int8_t *weights;      /* [outputs / 2][depth][2] */
  const rcnet_output *output; /* [outputs] */
  const int8_t *table; /* [256] of a following activation such as SiLU, by value & 255; or 0 */
  uint16_t inputs;
  uint16_t depth; /* inputs, filled up with weights of 0 to a multiple of 4 */
  uint16_t outputs;
  rcnet_ending ending;
  uint16_t layer; /* number for `trace` */
} rcnet_pointwise;

/* 3x3 depthwise convolution with padding "same". */
typedef struct {
  const int8_t *weights; /* [channels][9] */
  const int32_t *bias;   /* [channels], as above, and so on */
  const int32_t *multiplier;
  const int8_t *shift;
  const int8_t *table;
  uint16_t channels;
  uint8_t stride;
  uint8_t pad; /* rows above and columns to the left that are padding: 0 or 1 */
  int8_t input_zero;
  rcnet_ending ending;
  uint16_t layer;
} rcnet_depthwise;

/* Sum or difference of two tensors. */
typedef struct {
  rcnet_rescale left, right, result;
  int8_t left_zero, right_zero, zero;
  uint16_t layer;
  const int8_t *table;
} rcnet_sum;

/* Bytes into the work area. */
typedef struct {
  uint32_t packed;  /* pixels on their way into pointwise */
  uint32_t pad;     /* two rows of padding, one channel each */
  uint32_t image;   /* two rows of the picture; only for the first block, under RCNET_ROWS */
  uint32_t source;  /* ring of 3 rows of the stem's; only for the first block */
  uint32_t narrow1; /* a row of the first depthwise */
  uint32_t narrow2; /* a row of the reduction */
  uint32_t ring;    /* ring of 3 rows of the expansion */
  uint32_t sums;    /* two tables of the shortcut's sum */
} rcnet_block_memory;

/* Sandglass block: depthwise, 1x1 reduction, 1x1 expansion, depthwise, perhaps a shortcut. */
typedef struct {
  rcnet_depthwise first;
  rcnet_pointwise reduce, expand;
  rcnet_depthwise last;
  const rcnet_sum *shortcut; /* or 0 */
  uint16_t size, out_size;   /* side of the maps */
  rcnet_block_memory memory;
} rcnet_block;

/* SimAM, see attention.c. */
typedef struct {
  rcnet_rescale mean;          /* of the sum over a channel */
  rcnet_sum centre;            /* x - mean */
  const int8_t *square;        /* [256] of the centred value; or 0: `difference` */
  rcnet_rescale diff_left, diff_right, diff_result; /* SQUARED_DIFFERENCE(x, mean) */
  int8_t diff_zero;
  int8_t square_zero;          /* zero point of the squares */
  rcnet_rescale variance;      /* of the sum of squares */
  int8_t variance_zero;
  const int8_t *inverse;       /* [256] variance -> inverse deviation */
  int8_t inverse_zero;
  rcnet_rescale score;         /* centred * inverse */
  int8_t score_zero;
  const int8_t *weight;        /* [256] score -> weight */
  int8_t weight_zero;
  rcnet_rescale result;        /* x * weight */
  int8_t x_zero, mean_zero, centre_zero, zero;
  uint16_t channels, size;
  uint16_t layer;
  uint32_t sums, counts, table; /* bytes into the work area */
} rcnet_attention;

typedef struct {
  const rcnet_block *block; /* one of the two */
  const rcnet_attention *attention;
} rcnet_step;

/* 1x1 convolution, average, dense, softmax. */
typedef struct {
  rcnet_pointwise convolution;
  rcnet_rescale mean;
  int8_t mean_input_zero, mean_zero;
  const int8_t *weights; /* [classes][inputs] */
  const int32_t *bias;   /* [classes], input zero point folded in */
  const rcnet_rescale *rescale; /* [classes] */
  const int32_t *exponential;   /* [256], e^-difference of two logits, 31 bits of fraction */
  int8_t logit_zero;
  uint16_t size, classes;
  uint16_t mean_layer, logit_layer, softmax_layer;
  uint32_t packed, row, totals, average; /* bytes into the work area */
} rcnet_head;

struct rcnet_model {
  uint16_t size;  /* side of the picture */
  uint16_t steps; /* of `step` */
  int32_t yields; /* calls of `yield` in a run */
  rcnet_pointwise stem;
  const rcnet_step *step;
  const rcnet_head *head;
  uint32_t work[2]; /* bytes of the work area, by rcnet_input */
  uint16_t slots[2]; /* pieces of the feature map, by rcnet_input */
  uint16_t slot_bytes;
  uint8_t slot_rows; /* rows of the picture in a piece */
};

#endif /* RCNET_MODEL_H_ */
