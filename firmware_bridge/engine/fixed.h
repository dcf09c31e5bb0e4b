/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-point arithmetic as TensorFlow Lite's reference kernels define it.
 *
 * The definitions (rounding doubling high multiplication, rounding division by a power of two,
 * their order) are those of gemmlowp and TensorFlow Lite, Copyright Google LLC, Apache License 2.0;
 * the code is this project's own.
 */
#ifndef RCNET_FIXED_H_
#define RCNET_FIXED_H_

#include <stdint.h>

#include "rcnet_model.h"

#if defined(__GNUC__)
#define RCNET_INLINE static inline __attribute__((always_inline))
#else
#define RCNET_INLINE static inline
#endif

/* Right shift of negative numbers rounds down: implementation-defined in C99, and so everywhere. */
typedef char rcnet_shifts_are_arithmetic[(-1 >> 1) == -1 ? 1 : -1];

RCNET_INLINE int32_t rcnet_clamp(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}

RCNET_INLINE int8_t rcnet_saturate(int32_t x) {
#if defined(__GNUC__) && defined(__ARM_FEATURE_SAT) && !defined(RCNET_PLAIN)
  return (int8_t)(int32_t)__builtin_arm_ssat(x, 8); /* arm_acle.h's macro warns of itself */
#else
  return (int8_t)rcnet_clamp(x, -128, 127);
#endif
}

/* a * b / 2^31, rounded to nearest, halves up. Saturates in the one case that overflows. */
RCNET_INLINE int32_t rcnet_high_mul(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* x / 2^shift, rounded to nearest, halves away from zero. In 64 bits, since the sum with the half
 * overflows 32 near the ends. */
RCNET_INLINE int32_t rcnet_divide(int32_t x, int32_t shift) {
  return (int32_t)(((int64_t)x + (((int64_t)1 << shift) >> 1) - (shift > 0 && x < 0)) >> shift);
}

/* x * multiplier * 2^(shift - 31), for any shift: double rounding. */
RCNET_INLINE int32_t rcnet_rescale_any(int32_t x, rcnet_rescale by) {
  if (by.shift > 0) return rcnet_high_mul((int32_t)((uint32_t)x << by.shift), by.multiplier);
  return rcnet_divide(rcnet_high_mul(x, by.multiplier), -by.shift);
}

/* `rcnet_finish` for every shift and every range, by the definition. */
void rcnet_finish_any(const rcnet_ending *ending, int32_t multiplier, int32_t shift,
                      const int32_t sums[4], int8_t *output);

/* The upper half of the number that `rcnet_requantise` adds before its one shift: a half of the
 * second rounding, and the zero point. */
RCNET_INLINE int32_t rcnet_bias_high(int32_t zero, unsigned shift) {
  return (2 * zero + 1) * (int32_t)(1u << (shift - 2));
}

/* zero + x * multiplier / 2^(31 + shift) for shift of 2 to 22, the two roundings made in one sum.
 *
 * The first rounding adds 2^30 below bit 31, and the second adds half of 2^shift above it, less 1
 * for negative numbers, whose halves go down. Adding both before one shift gives the same number,
 * because a shift of a shift is a shift. `high` is from `rcnet_bias_high`.
 */
RCNET_INLINE int32_t rcnet_requantise(int32_t x, int32_t multiplier, int32_t high, unsigned shift,
                                      int rectified) {
  uint32_t low = UINT32_C(1) << 30;
  if (!rectified) {
    low |= (uint32_t)x & UINT32_C(0x80000000);
    high += x >> 31;
  }
  int64_t bias = (int64_t)((uint64_t)(uint32_t)high << 32 | low);
  return (int32_t)(((int64_t)x * multiplier + bias) >> 32) >> (shift - 1);
}

/* The end of a convolution for four sums of one channel: zero + sum * multiplier / 2^(31 + shift),
 * clamped. `how` is ending->how, as a constant wherever this is inlined. */
RCNET_INLINE void rcnet_finish(const rcnet_ending *ending, int how, int32_t multiplier,
                               int32_t shift, int32_t sum0, int32_t sum1, int32_t sum2,
                               int32_t sum3, int8_t *output) {
  if (how == RCNET_CLAMPED || shift < 2 || shift > 22) {
    const int32_t sums[4] = {sum0, sum1, sum2, sum3};
    rcnet_finish_any(ending, multiplier, shift, sums, output);
    return;
  }
  const unsigned right = (unsigned)shift;
  const int32_t high = rcnet_bias_high(ending->zero, right);
  const int rectified = how == RCNET_RECTIFIED;
  output[0] = rcnet_saturate(rcnet_requantise(sum0, multiplier, high, right, rectified));
  output[1] = rcnet_saturate(rcnet_requantise(sum1, multiplier, high, right, rectified));
  output[2] = rcnet_saturate(rcnet_requantise(sum2, multiplier, high, right, rectified));
  output[3] = rcnet_saturate(rcnet_requantise(sum3, multiplier, high, right, rectified));
}

#endif /* RCNET_FIXED_H_ */
