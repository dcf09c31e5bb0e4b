/* Replays golden vectors (rcnet_tf.export.golden): every stage's checksum, every output.
 *
 *     replay GOLDEN LAYER...      one number of the engine's layer for each stage of the file
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include MODEL_HEADER

#define SIZE MODEL(SIZE)
#define MOST_LAYERS 256

static uint32_t checksum[MOST_LAYERS];

static uint32_t crc(uint32_t state, uint8_t byte) {
  state ^= byte;
  for (int bit = 0; bit < 8; bit++) state = state >> 1 ^ (state & 1 ? UINT32_C(0xEDB88320) : 0);
  return state;
}

static void sum_up(void *user, int layer, int y, const int8_t *row, int width, int channels) {
  (void)user, (void)y;
  for (int x = 0; x < width; x++)
    for (int c = 0; c < channels; c++)
      checksum[layer] = crc(checksum[layer], (uint8_t)row[c * width + x]);
}

static uint32_t u32(const uint8_t *at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static size_t padded(size_t size) { return (size + 15) & ~(size_t)15; }

int main(int argc, char **argv) {
  FILE *file = argc > 2 ? fopen(argv[1], "rb") : 0;
  static uint8_t content[1 << 24];
  const size_t size = file ? fread(content, 1, sizeof content, file) : 0;
  if (size < 80 || memcmp(content, "RCNETGLD", 8) != 0 || u32(content + 12) != size) return 2;
  const uint32_t stages = u32(content + 60), pictures = u32(content + 64);
  if (u32(content + 48) != SIZE || u32(content + 56) != MODEL(CLASSES)) return 3;
  if (argc != (int)stages + 2) return 4;

  rcnet net;
  rcnet_chunk chunk = {malloc(MODEL(IMAGE_BYTES)), MODEL(IMAGE_BYTES)};
  if (rcnet_init(&net, &MODEL_NAME, RCNET_IMAGE, &chunk, 1) != RCNET_OK) return 5;
  const rcnet_hooks hooks = {0, 0, 0, sum_up, 0};
  for (uint32_t i = 0; i < pictures; i++) {
    const uint8_t *record = content + 80 + 64 * stages + i * u32(content + 68);
    const uint8_t *sums = record + 64, *expected = sums + padded(4 * stages);
    const uint8_t *pixels = expected + padded(MODEL(CLASSES));
    for (int y = 0; y < SIZE; y++)
      memcpy(rcnet_image_row(&net, y), pixels + (size_t)y * 3 * SIZE, 3 * SIZE);
    int8_t output[MODEL(CLASSES)];
    for (int layer = 0; layer < MOST_LAYERS; layer++) checksum[layer] = UINT32_C(0xFFFFFFFF);
    if (rcnet_run(&net, &hooks, output) != RCNET_OK) return 6;
    for (uint32_t stage = 0; stage < stages; stage++)
      if (~checksum[atoi(argv[stage + 2])] != u32(sums + 4 * stage)) {
        printf("picture %u: first difference in %s\n", (unsigned)i,
               (const char *)content + 80 + 64 * stage);
        return 1;
      }
    if (memcmp(output, expected, sizeof output) != 0) return 7;
  }
  printf("%u pictures, %u stages: equal\n", (unsigned)pictures, (unsigned)stages);
  free(chunk.start);
  fclose(file);
  return 0;
}
