/* The one-sum requantisation against its definition, for random numbers and for exact halves. */
#include <stdio.h>

#include "fixed.h"

static uint32_t state = 1;
static uint32_t random_bits(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8 ^ state << 16;
}

static int check(rcnet_ending ending, int32_t multiplier, int32_t shift, const int32_t *sums) {
  int8_t fast[4], exact[4];
  if (ending.how == RCNET_RECTIFIED)
    rcnet_finish(&ending, RCNET_RECTIFIED, multiplier, shift, sums[0], sums[1], sums[2], sums[3],
                 fast);
  else
    rcnet_finish(&ending, RCNET_FULL, multiplier, shift, sums[0], sums[1], sums[2], sums[3], fast);
  rcnet_finish_any(&ending, multiplier, shift, sums, exact);
  for (int i = 0; i < 4; i++)
    if (fast[i] != exact[i]) {
      printf("%d * %d >> %d + %d: %d, not %d\n", (int)sums[i], (int)multiplier, (int)shift,
             ending.zero, fast[i], exact[i]);
      return 1;
    }
  return 0;
}

int main(void) {
  for (int32_t shift = 0; shift <= 22; shift++)
    for (int i = 0; i < 40000; i++) {
      const int32_t multiplier = (int32_t)(1u << 30 | random_bits() >> 2);
      const int rectified = i & 1;
      const rcnet_ending ending = {rectified ? -128 : (int8_t)random_bits(), -128, 127,
                                   rectified ? RCNET_RECTIFIED : RCNET_FULL};
      int32_t sums[4];
      for (int k = 0; k < 4; k++) {
        sums[k] = (int32_t)(random_bits() % (1u << 25)) - (1 << 24);
        if (shift < 16) sums[k] %= 512 << shift;
      }
      /* A sum that the first rounding takes to an odd half of the second: a tie. */
      const int64_t half = ((int64_t)(sums[0] >> shift) * 2 + 1) * ((int64_t)1 << shift) / 2;
      sums[1] = (int32_t)(half * ((int64_t)1 << 31) / multiplier);
      sums[2] = sums[1] + 1;
      if (check(ending, multiplier, shift, sums)) return 1;
    }
  return 0;
}
