/* What rcnet.h promises about its functions, one check a line; the exit code is the line that
 * failed, or 0. */
#include <stdlib.h>
#include <string.h>

#include MODEL_HEADER
#include "rcnet_model.h"

#define SIZE MODEL(SIZE)
#define CHECK(condition) \
  if (!(condition)) exit(__LINE__ & 255 ? __LINE__ & 255 : 1)

typedef struct {
  int rows, fail_at; /* read_row */
  int steps, total, stop_at; /* yield */
  int taken; /* pointwise */
} seen_t;

static int8_t pixel(int x, int y) { return (int8_t)((x * 5 ^ y * 3) & 255); }

static int read_row(void *user, int y, int8_t *row) {
  seen_t *seen = user;
  CHECK(y == seen->rows); /* once, in order */
  for (int x = 0; x < 3 * SIZE; x++) row[x] = pixel(x, y);
  return seen->rows++ == seen->fail_at;
}

static int yield(void *user, int done, int total) {
  seen_t *seen = user;
  CHECK(done == ++seen->steps && done <= total);
  seen->total = total;
  return done == seen->stop_at;
}

/* A 1x1 convolution as its definition says, from the weights' layout in rcnet_model.h. */
static int64_t divided(int64_t x, int shift) {
  const int64_t half = ((int64_t)1 << shift) >> 1;
  return x < 0 ? -((-x + half) >> shift) : (x + half) >> shift;
}

static int pointwise(void *user, const rcnet_pointwise *layer, const int8_t *input, size_t pixels,
                     int8_t *output) {
  seen_t *seen = user;
  for (size_t o = 0; o < layer->outputs; o++)
    for (size_t x = 0; x < pixels; x++) {
      const rcnet_output *end = &layer->output[o];
      int64_t sum = end->bias;
      for (size_t i = 0; i < layer->inputs; i++)
        sum += input[i * pixels + x] * layer->weights[(o / 2 * layer->depth + i) * 2 + o % 2];
      const int64_t once = (sum * end->multiplier + (1 << 30)) >> 31;
      int64_t y = divided(once, end->shift) + layer->ending.zero;
      y = y < layer->ending.low ? layer->ending.low : y > layer->ending.high ? layer->ending.high : y;
      if (layer->table) y = layer->table[(uint8_t)y];
      output[o * pixels + x] = (int8_t)y;
    }
  seen->taken++;
  return seen->taken % 2; /* what is handed back is computed again */
}

static void fill(const rcnet *net) {
  for (int y = 0; y < SIZE; y++)
    for (int x = 0; x < 3 * SIZE; x++) rcnet_image_row(net, y)[x] = pixel(x, y);
}

int main(void) {
  const rcnet_model *model = &MODEL_NAME;
  const size_t bytes = rcnet_memory(model, RCNET_IMAGE);
  CHECK(bytes == MODEL(IMAGE_BYTES) && rcnet_memory(model, RCNET_ROWS) == MODEL(ROWS_BYTES));
  CHECK(rcnet_work_memory(model, RCNET_IMAGE) < bytes);
  const rcnet_input unknown = (rcnet_input)2;
  CHECK(rcnet_memory(model, unknown) == 0 && rcnet_work_memory(model, unknown) == 0);
  CHECK(rcnet_memory(0, RCNET_IMAGE) == 0 && rcnet_work_memory(0, RCNET_IMAGE) == 0);

  rcnet net, other;
  int8_t output[MODEL(CLASSES)], again[MODEL(CLASSES)];
  void *memory = malloc(bytes);
  rcnet_chunk chunk = {memory, bytes};
  rcnet_chunk many[RCNET_MAX_CHUNKS + 1] = {{0}};
  CHECK(rcnet_init(0, model, RCNET_IMAGE, &chunk, 1) == RCNET_BAD_ARGUMENT);
  memset(&net, 0xA5, sizeof net);
  CHECK(rcnet_init(&net, model, unknown, &chunk, 1) == RCNET_BAD_ARGUMENT);
  CHECK(rcnet_run(&net, 0, output) == RCNET_BAD_ARGUMENT && !rcnet_image_row(&net, 0));
  CHECK(rcnet_init(&net, 0, RCNET_IMAGE, &chunk, 1) == RCNET_BAD_ARGUMENT);
  CHECK(rcnet_init(&net, model, RCNET_IMAGE, 0, 1) == RCNET_BAD_ARGUMENT);
  CHECK(rcnet_init(&net, model, RCNET_IMAGE, &chunk, 0) == RCNET_BAD_ARGUMENT);
  CHECK(rcnet_init(&net, model, RCNET_IMAGE, many, 1) == RCNET_BAD_ARGUMENT);
  CHECK(rcnet_init(&net, model, RCNET_IMAGE, many, RCNET_MAX_CHUNKS + 1) == RCNET_BAD_ARGUMENT);
  chunk.bytes = bytes - 1;
  CHECK(rcnet_init(&net, model, RCNET_IMAGE, &chunk, 1) == RCNET_NO_MEMORY);
  CHECK(rcnet_run(&net, 0, output) == RCNET_BAD_ARGUMENT && !rcnet_image_row(&net, 0));
  chunk.bytes = 3;
  CHECK(rcnet_init(&net, model, RCNET_IMAGE, &chunk, 1) == RCNET_NO_MEMORY);
  chunk.bytes = bytes;

  CHECK(rcnet_init(&net, model, RCNET_IMAGE, &chunk, 1) == RCNET_OK);
  CHECK(!rcnet_image_row(&net, -1) && !rcnet_image_row(&net, SIZE) && !rcnet_image_row(0, 0));
  CHECK(rcnet_run(&net, 0, 0) == RCNET_BAD_ARGUMENT && rcnet_run(0, 0, output) == RCNET_BAD_ARGUMENT);
  fill(&net);
  CHECK(rcnet_run(&net, 0, output) == RCNET_OK);

  /* Row by row, in memory that is not aligned, and beside the other: the same. */
  const size_t other_bytes = rcnet_memory(model, RCNET_ROWS) + 3;
  char *unaligned = malloc(other_bytes + 1);
  chunk.start = unaligned + 1;
  chunk.bytes = other_bytes;
  seen_t seen = {0, -1, 0, 0, -1, 0};
  rcnet_hooks hooks = {&seen, read_row, yield, 0, 0};
  CHECK(rcnet_init(&other, model, RCNET_ROWS, &chunk, 1) == RCNET_OK);
  CHECK(!rcnet_image_row(&other, 0));
  CHECK(rcnet_run(&other, 0, again) == RCNET_BAD_ARGUMENT);
  CHECK(rcnet_run(&net, &hooks, again) == RCNET_BAD_ARGUMENT && seen.rows == 0);
  CHECK(rcnet_run(&other, &hooks, again) == RCNET_OK);
  CHECK(seen.rows == SIZE && seen.steps == seen.total);
  CHECK(memcmp(output, again, sizeof output) == 0);

  /* Giving up, at the first row, in the middle, and at any step; then all is well again. */
  const int total = seen.total;
  for (int at = 0; at < SIZE; at += SIZE / 3) {
    seen = (seen_t){0, at, 0, 0, -1, 0};
    CHECK(rcnet_run(&other, &hooks, again) == RCNET_NO_INPUT && seen.rows == at + 1);
  }
  for (int at = 1; at <= total; at += total / 7) {
    seen = (seen_t){0, -1, 0, 0, at, 0};
    CHECK(rcnet_run(&other, &hooks, again) == RCNET_STOPPED && seen.steps == at);
  }
  seen = (seen_t){0, -1, 0, 0, -1, 0};
  hooks.pointwise = pointwise;
  CHECK(rcnet_run(&other, &hooks, again) == RCNET_OK && seen.taken > 0);
  CHECK(memcmp(output, again, sizeof output) == 0);
  fill(&net);
  CHECK(rcnet_run(&net, 0, again) == RCNET_OK && memcmp(output, again, sizeof output) == 0);

  for (int status = RCNET_OK; status <= RCNET_STOPPED + 1; status++)
    CHECK(strlen(rcnet_status_text((rcnet_status)status)) > 1);
  free(unaligned);
  free(memory);
  return 0;
}
