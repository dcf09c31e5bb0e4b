/* rcnet_init with memory of every shape, and rcnet_run with callbacks that fail.
 *
 * Whatever init accepts must give the output that the same picture gives in one plain piece of
 * memory; what it refuses must not run.
 */
#include "fuzz.h"
#include "kernels.h"
#include "models.h"

#define MOST_SIDE 64
#define MOST_CLASSES 16

void packed_pointwise_row(const rcnet_pointwise *layer, const int8_t *input, size_t pixels,
                          void *packed, int8_t *output);

static int8_t picture[MOST_SIDE][3 * MOST_SIDE];

/* One of 256 pictures: plain, checkerboards, ramps, noise of every contrast. */
static void draw(unsigned which, unsigned side) {
  uint32_t state = which;
  for (unsigned y = 0; y < side; y++)
    for (unsigned x = 0; x < 3 * side; x++) {
      int value = (int)which - 128;
      if (which % 4 == 1 && (x / 3 + y) % 2) value = 127 - (int)which;
      if (which % 4 == 2) value = (int)(x * which / 16 + y * 3) % 256 - 128;
      if (which % 4 == 3) value = next_noise(&state) / (1 + (int)which / 64);
      picture[y][x] = (int8_t)value;
    }
}

static void fill(const rcnet *net, unsigned side) {
  for (unsigned y = 0; y < side; y++) memcpy(rcnet_image_row(net, (int)y), picture[y], 3 * side);
}

/* The output in one piece of memory, worked out once. */
static const int8_t *usual(unsigned number, unsigned which) {
  static int8_t outputs[FUZZ_MODELS][256][MOST_CLASSES];
  static uint8_t known[FUZZ_MODELS][256];
  const rcnet_model *model = fuzz_models[number];
  CHECK(model->size <= MOST_SIDE && model->head->classes <= MOST_CLASSES);
  if (!known[number][which]) {
    rcnet_chunk chunk = {0, rcnet_memory(model, RCNET_IMAGE)};
    chunk.start = exactly(chunk.bytes, 0);
    rcnet net;
    CHECK(rcnet_init(&net, model, RCNET_IMAGE, &chunk, 1) == RCNET_OK);
    fill(&net, model->size);
    CHECK(rcnet_run(&net, 0, outputs[number][which]) == RCNET_OK);
    free(chunk.start);
    known[number][which] = 1;
  }
  return outputs[number][which];
}

typedef struct {
  const rcnet_model *model;
  int rows, fail_at; /* read_row */
  int steps, stop_at; /* yield */
  unsigned calls, takes; /* pointwise: every `takes`-th row is taken over */
  uint32_t sum; /* of all that `trace` was shown */
} seen_t;

static int read_row(void *user, int y, int8_t *row) {
  seen_t *seen = user;
  CHECK(y == seen->rows++ && y < seen->model->size);
  if (y == seen->fail_at) return -1;
  memcpy(row, picture[y], 3u * seen->model->size);
  return 0;
}

static int yield(void *user, int done, int total) {
  seen_t *seen = user;
  CHECK(done == ++seen->steps && done <= total);
  return done == seen->stop_at;
}

static void trace(void *user, int layer, int y, const int8_t *row, int width, int channels) {
  seen_t *seen = user;
  CHECK(layer >= 0 && y >= 0 && width > 0 && channels > 0);
  for (int i = 0; i < width * channels; i++) seen->sum += (uint8_t)row[i];
}

/* Both ways of multiplying must agree. */
static int pointwise(void *user, const rcnet_pointwise *layer, const int8_t *input, size_t pixels,
                     int8_t *output) {
  seen_t *seen = user;
  const size_t bytes = pixels * layer->outputs;
  int8_t *rows[2] = {exactly(bytes + RCNET_SLACK, 1), exactly(bytes + RCNET_SLACK, 2)};
  void *scratch = exactly(RCNET_PACKED_BYTES(layer->depth), 3);
  rcnet_pointwise_row(layer, input, pixels, scratch, rows[0]);
  packed_pointwise_row(layer, input, pixels, scratch, rows[1]);
  CHECK(memcmp(rows[0], rows[1], bytes) == 0);
  const int takes = seen->calls++ % seen->takes == 0;
  if (takes) memcpy(output, rows[1], bytes);
  free(rows[0]);
  free(rows[1]);
  free(scratch);
  return takes;
}

static size_t chunk_bytes(feed_t *feed, const rcnet_model *model, rcnet_input input) {
  const size_t all = rcnet_memory(model, input), work = rcnet_work_memory(model, input);
  const unsigned kind = feed_below(feed, 6), little = feed_below(feed, 8);
  switch (kind) {
    case 0: return little;
    case 1: return all + little;
    case 2: return all - little;
    case 3: return work + feed_below(feed, 16) * (size_t)model->slot_bytes + little;
    case 4: return feed_below(feed, 32) * (size_t)model->slot_bytes + little;
    default: return feed_word(feed) % (2 * all);
  }
}

/* Up to RCNET_MAX_CHUNKS pieces at every alignment; whether rcnet.h says that they are enough. */
static int cut(feed_t *feed, const rcnet_model *model, rcnet_input input, size_t count,
               rcnet_chunk *chunks, void **blocks) {
  const size_t all = rcnet_memory(model, input), work = rcnet_work_memory(model, input);
  int one_would_do = 0, aligned = 1, holds_work = 0;
  size_t total = 0;
  for (size_t i = 0; i < count; i++) {
    const unsigned offset = feed_below(feed, 4);
    chunks[i].bytes = chunk_bytes(feed, model, input);
    blocks[i] = exactly(chunks[i].bytes + offset, feed_byte(feed));
    chunks[i].start = (char *)blocks[i] + offset;
    const unsigned lost = (4 - offset) % 4;
    one_would_do |= chunks[i].bytes >= all + lost;
    aligned &= offset == 0;
    holds_work |= chunks[i].bytes >= work;
    total += chunks[i].bytes;
  }
  return one_would_do ||
         (aligned && holds_work && total >= all + (count - 1) * (size_t)model->slot_bytes);
}

static void run(feed_t *feed, const rcnet *net, unsigned number, unsigned which) {
  const rcnet_model *model = fuzz_models[number];
  const unsigned wanted = feed_byte(feed), steps = (unsigned)model->yields;
  seen_t seen = {model, 0, -1, 0, -1, 0, 1, 0};
  rcnet_hooks hooks = {.user = &seen};
  if (wanted & 1) hooks.yield = yield;
  if (wanted & 2) hooks.trace = trace;
  if ((wanted & 12) == 12) hooks.pointwise = pointwise;
  if (wanted & 16) hooks.read_row = read_row;
  if ((wanted & 96) == 96) seen.fail_at = (int)feed_below(feed, model->size);
  if ((wanted & 160) == 160) seen.stop_at = (int)(feed_word(feed) % (steps + 2));
  seen.takes = 1 + feed_below(feed, 3);

  int8_t *output = exactly(model->head->classes, 0);
  const int rows = net->input == RCNET_ROWS;
  if (!rows) fill(net, model->size);
  const rcnet_status status = rcnet_run(net, wanted ? &hooks : 0, output);
  if (rows != (hooks.read_row != 0)) {
    CHECK(status == RCNET_BAD_ARGUMENT);
  } else if (status == RCNET_OK) {
    CHECK(memcmp(output, usual(number, which), model->head->classes) == 0);
    CHECK(!hooks.yield || seen.steps == (int)steps);
    CHECK(seen.rows == (rows ? model->size : 0));
  } else if (status == RCNET_NO_INPUT) {
    CHECK(rows && seen.rows == seen.fail_at + 1);
  } else {
    CHECK(status == RCNET_STOPPED && seen.steps == seen.stop_at);
  }
  CHECK(rcnet_run(net, &hooks, 0) == RCNET_BAD_ARGUMENT);
  free(output);
}

static void wild_rows(feed_t *feed, const rcnet *net, const rcnet_model *model, int usable) {
  const int y = (int)feed_word(feed);
  const int there = usable && net->input == RCNET_IMAGE && y >= 0 && y < model->size;
  int8_t *row = rcnet_image_row(net, y);
  CHECK((row != 0) == there);
  if (row) memset(row, 1, 3u * model->size);
}

void fuzz_network(feed_t *feed) {
  const unsigned number = feed_below(feed, FUZZ_MODELS), which = feed_byte(feed);
  const rcnet_model *model = fuzz_models[number];
  const unsigned how = feed_byte(feed);
  const int wild = how < 8;
  const rcnet_input input = wild ? (rcnet_input)feed_word(feed) : (rcnet_input)(how & 1);
  const int known = input == RCNET_IMAGE || input == RCNET_ROWS;
  CHECK((rcnet_memory(model, input) == 0) == !known);
  CHECK((rcnet_work_memory(model, input) == 0) == !known);

  rcnet_chunk chunks[RCNET_MAX_CHUNKS];
  void *blocks[RCNET_MAX_CHUNKS];
  const size_t count = how & 2 ? 1 : feed_below(feed, RCNET_MAX_CHUNKS + 1);
  const int would_do = cut(feed, model, known ? input : RCNET_IMAGE, count, chunks, blocks);
  size_t said = count;
  if (wild && feed_below(feed, 2)) said = (size_t)feed_word(feed) << feed_below(feed, 33);
  if (said > count && said <= RCNET_MAX_CHUNKS) said = count; /* more are not there */
  int bad = !known || said == 0 || said > RCNET_MAX_CHUNKS;
  if (wild && said && count && feed_below(feed, 4) == 0) {
    chunks[feed_below(feed, (unsigned)(said < count ? said : count))].start = 0;
    bad = 1;
  }

  rcnet net;
  memset(&net, 0xA5, sizeof net);
  const rcnet_status status = rcnet_init(&net, model, input, chunks, said);
  const int usable = status == RCNET_OK;
  CHECK(strlen(rcnet_status_text(wild ? (rcnet_status)feed_word(feed) : status)) > 1);
  if (bad) CHECK(status == RCNET_BAD_ARGUMENT);
  else CHECK(usable || status == RCNET_NO_MEMORY);
  if (would_do && !bad && said == count) CHECK(usable);
  wild_rows(feed, &net, model, usable);
  draw(which, model->size);
  if (usable) {
    for (unsigned times = 1 + feed_below(feed, 2); times; times--) run(feed, &net, number, which);
  } else {
    int8_t output[MOST_CLASSES];
    CHECK(rcnet_run(&net, 0, output) == RCNET_BAD_ARGUMENT);
  }
  for (size_t i = 0; i < count; i++) free(blocks[i]);
}
