/* This project's engine. MODEL_HEADER, MODEL_NAME and MODEL(x) say which network. */
#include <string.h>

#include MODEL_HEADER
#include "contender.h"

#define ROW_BYTES (3 * MODEL(SIZE))

/* All memory that the network has; the stack is the rest of the board's. */
static int32_t memory[MODEL(IMAGE_BYTES) / 4];

static int after_step(void *user, int done, int total) {
  (void)user, (void)done, (void)total;
  mark();
  return 0;
}

int contender_run(const int8_t *picture, int8_t *output) {
  static const rcnet_hooks hooks = {0, 0, after_step, 0, 0};
  const rcnet_chunk chunk = {memory, sizeof memory};
  rcnet net;
  if (rcnet_init(&net, &MODEL_NAME, RCNET_IMAGE, &chunk, 1) != RCNET_OK) return 1;
  for (int y = 0; y < MODEL(SIZE); y++)
    memcpy(rcnet_image_row(&net, y), picture + y * ROW_BYTES, ROW_BYTES);
  mark();
  if (rcnet_run(&net, &hooks, output) != RCNET_OK) return 1;
  mark();
  return 0;
}

uint32_t contender_memory(void) { return sizeof memory; }
