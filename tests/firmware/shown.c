/* Runs pictures through a generated network and writes down every row of every layer.
 *
 *     shown MODE CHUNKS <pictures >rows
 *
 * MODE: image or rows. CHUNKS: 1, or more to cut the memory into that many pieces of no use
 * elsewhere. Input: pictures of 3 * S * S int8 values. Output: records of five 32-bit numbers (layer,
 * row, width, channels, 0) and the row, channels innermost; layer -1 is the output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include MODEL_HEADER

#define SIZE MODEL(SIZE)

static int8_t picture[SIZE][3 * SIZE];

static void put(int32_t layer, int32_t y, int32_t width, int32_t channels) {
  const int32_t header[5] = {layer, y, width, channels, 0};
  fwrite(header, sizeof header, 1, stdout);
}

static void show(void *user, int layer, int y, const int8_t *row, int width, int channels) {
  (void)user;
  put(layer, y, width, channels);
  for (int x = 0; x < width; x++)
    for (int c = 0; c < channels; c++) putchar((uint8_t)row[c * width + x]);
}

static int read_row(void *user, int y, int8_t *row) {
  (void)user;
  memcpy(row, picture[y], sizeof picture[y]);
  return 0;
}

/* Memory in `count` pieces, each in a block of its own, so that a sanitiser sees its ends. */
static int cut(const rcnet_model *model, rcnet_input input, size_t count, rcnet_chunk *chunks) {
  size_t work = rcnet_work_memory(model, input), rest = rcnet_memory(model, input) - work;
  size_t slots = rest / MODEL_SLOT, mine = (slots + count - 1) / count;
  for (size_t i = 0; i < count; i++) {
    size_t here = slots < mine ? slots : mine;
    slots -= here;
    chunks[i].bytes = here * MODEL_SLOT + (i + 1 == count ? work : 0);
    chunks[i].start = malloc(chunks[i].bytes ? chunks[i].bytes : 1);
    if (!chunks[i].start) return 1;
    memset(chunks[i].start, 0x55, chunks[i].bytes);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const rcnet_input input = strcmp(argv[1], "rows") == 0 ? RCNET_ROWS : RCNET_IMAGE;
  const size_t count = (size_t)atoi(argv[2]);
  rcnet_chunk chunks[RCNET_MAX_CHUNKS];
  rcnet net;
  if (count > RCNET_MAX_CHUNKS || cut(&MODEL_NAME, input, count, chunks)) return 3;
  rcnet_status status = rcnet_init(&net, &MODEL_NAME, input, chunks, count);
  if (status != RCNET_OK) {
    fprintf(stderr, "%s\n", rcnet_status_text(status));
    return 4;
  }
  rcnet_hooks hooks = {0};
  if (input == RCNET_ROWS) hooks.read_row = read_row;
  if (atoi(argv[3])) hooks.trace = show;
  while (fread(picture, sizeof picture, 1, stdin) == 1) {
    int8_t output[MODEL(CLASSES)];
    if (input == RCNET_IMAGE)
      for (int y = 0; y < SIZE; y++) memcpy(rcnet_image_row(&net, y), picture[y], 3 * SIZE);
    if (rcnet_run(&net, &hooks, output) != RCNET_OK) return 5;
    put(-1, 0, 1, MODEL(CLASSES));
    fwrite(output, sizeof output, 1, stdout);
  }
  for (size_t i = 0; i < count; i++) free(chunks[i].start);
  return 0;
}
