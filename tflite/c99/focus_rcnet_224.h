/* Made by python -m rcnet_tf.convert --c99: do not edit.
 * SHA-256 of the .tflite: 39ec7c33576ce1c0670047445ddb23453f4c7697aea246b1770044cbaebd870b
 *
 * Input: 224 rows of 224 pixels, red, green, blue, each pixel - 128; the whole frame, resized
 * by area average. Output: probability = (value + 128) / 256.
 *
 * Layers by the number that `trace` gives:
 *     0 focus_silu
 *     1 stage1_block1_dw1_relu6
 *     2 stage1_block1_reduce_bn
 *     3 stage1_block1_expand_relu6
 *     4 stage1_block1_dw2_bn
 *     5 stage1_block2_dw1_relu6
 *     6 stage1_block2_reduce_bn
 *     7 stage1_block2_expand_relu6
 *     8 stage1_block2_add
 *     9 stage1_block3_dw1_relu6
 *    10 stage1_block3_reduce_bn
 *    11 stage1_block3_expand_relu6
 *    12 stage1_block3_add
 *    13 stage1_block4_dw1_relu6
 *    14 stage1_block4_reduce_bn
 *    15 stage1_block4_expand_relu6
 *    16 stage1_block4_add
 *    17 stage1_simam
 *    18 stage2_block1_dw1_relu6
 *    19 stage2_block1_reduce_bn
 *    20 stage2_block1_expand_relu6
 *    21 stage2_block1_dw2_bn
 *    22 stage2_block2_dw1_relu6
 *    23 stage2_block2_reduce_bn
 *    24 stage2_block2_expand_relu6
 *    25 stage2_block2_add
 *    26 stage2_block3_dw1_relu6
 *    27 stage2_block3_reduce_bn
 *    28 stage2_block3_expand_relu6
 *    29 stage2_block3_add
 *    30 stage2_simam
 *    31 stage3_block1_dw1_relu6
 *    32 stage3_block1_reduce_bn
 *    33 stage3_block1_expand_relu6
 *    34 stage3_block1_dw2_bn
 *    35 stage3_block2_dw1_relu6
 *    36 stage3_block2_reduce_bn
 *    37 stage3_block2_expand_relu6
 *    38 stage3_block2_add
 *    39 stage3_simam
 *    40 stage4_block1_dw1_relu6
 *    41 stage4_block1_reduce_bn
 *    42 stage4_block1_expand_relu6
 *    43 stage4_block1_dw2_bn
 *    44 stage4_block2_dw1_relu6
 *    45 stage4_block2_reduce_bn
 *    46 stage4_block2_expand_relu6
 *    47 stage4_block2_add
 *    48 stage4_simam
 *    49 conv5_silu
 *    50 pool
 *    51 logits
 *    52 predictions
 */
#ifndef FOCUS_RCNET_224_H_
#define FOCUS_RCNET_224_H_

#include "rcnet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Side of the picture; classes; memory to give to rcnet_init in one chunk, by rcnet_input. */
#define FOCUS_RCNET_224_SIZE 224
#define FOCUS_RCNET_224_CLASSES 6
#define FOCUS_RCNET_224_IMAGE_BYTES 179196
#define FOCUS_RCNET_224_ROWS_BYTES 180540

extern const rcnet_model focus_rcnet_224;
extern const char *const focus_rcnet_224_labels[FOCUS_RCNET_224_CLASSES];

#ifdef __cplusplus
}
#endif

#endif /* FOCUS_RCNET_224_H_ */
