/* The first byte says which part plays. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const parts[])(feed_t *) = {fuzz_network, fuzz_camera, fuzz_top, fuzz_pointwise,
                                            fuzz_depthwise};
  feed_t feed = {data, size};
  parts[feed_below(&feed, sizeof parts / sizeof *parts)](&feed);
  return 0;
}
