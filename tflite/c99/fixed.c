/* SPDX-License-Identifier: Apache-2.0 */
/* The rare ends of convolutions; the usual ones are in fixed.h. */
#include "fixed.h"

void rcnet_finish_any(const rcnet_ending *ending, int32_t multiplier, int32_t shift,
                      const int32_t sums[4], int8_t *output) {
  const rcnet_rescale by = {multiplier, -shift};
  for (int i = 0; i < 4; i++)
    output[i] = (int8_t)rcnet_clamp(rcnet_rescale_any(sums[i], by) + ending->zero, ending->low,
                                    ending->high);
}
