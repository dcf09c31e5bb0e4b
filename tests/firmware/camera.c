/* Frames from standard input through rcnet_camera, by lines that come and by lines that are asked
 * for. Every buffer has the exact size, so that the sanitisers see what is read or written beyond.
 *
 * Frame: 9 int32 (format, width, height, size, left, top, crop width, crop height, pull), lines.
 * Answer: int32 status of rcnet_camera_init; if it is 0, size rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rcnet.h"
#include "rcnet_camera.h"

#define CHECK(x) \
  if (!(x)) { \
    fprintf(stderr, "line %d: %s\n", __LINE__, #x); \
    exit(1); \
  }

static void *exactly(size_t bytes) {
  void *memory = malloc(bytes ? bytes : 1);
  CHECK(memory);
  return memory;
}

typedef struct {
  const uint8_t *frame;
  uint8_t *line; /* one alone */
  size_t bytes;
  int top, asked, lines;
} source_t;

static const void *next_line(void *user, int y) {
  source_t *source = user;
  CHECK(y == source->top + source->asked);
  source->asked++;
  CHECK(source->asked <= source->lines);
  memcpy(source->line, source->frame + (size_t)y * source->bytes, source->bytes);
  return source->line;
}

static void pull(rcnet_camera *camera, source_t *source, int8_t *row, size_t row_bytes) {
  rcnet_camera_reader reader = {camera, next_line, source, 0};
  const rcnet_hooks hooks = {.user = &reader, .read_row = rcnet_camera_read_row}; /* it fits */
  const int size = camera->setup.size;
  CHECK(hooks.read_row(hooks.user, 0, row) == 0);
  if (size > 1) CHECK(hooks.read_row(hooks.user, 2, row) == 1); /* one was left out */
  for (int y = 0; y < size; y++) { /* from the start again */
    if (y == 0) source->asked = 0;
    CHECK(hooks.read_row(hooks.user, y, row) == 0);
    fwrite(row, 1, row_bytes, stdout);
  }
  CHECK(hooks.read_row(hooks.user, size, row) == 1);
  CHECK(source->asked == source->lines);
}

static void push(rcnet_camera *camera, const source_t *source, int8_t *row, size_t row_bytes) {
  const rcnet_camera_setup *setup = &camera->setup;
  for (int pass = 0; pass < 2; pass++) { /* a frame that breaks off leaves no traces */
    const int lines = pass ? setup->height : setup->height / 2;
    CHECK(rcnet_camera_begin(camera) == RCNET_CAMERA_OK);
    for (int y = 0; y < lines; y++) {
      const void *line = 0;
      if (y >= setup->top && y < setup->top + setup->crop_height) {
        memcpy(source->line, source->frame + (size_t)y * source->bytes, source->bytes);
        line = source->line;
        if (camera->row < setup->size)
          CHECK(rcnet_camera_push(camera, 0, row) == RCNET_CAMERA_BAD_ARGUMENT);
      }
      for (;;) {
        rcnet_camera_status status =
            rcnet_camera_push(camera, line, camera->row < setup->size ? row : 0);
        if (status == RCNET_CAMERA_OK) break;
        CHECK(status == RCNET_CAMERA_ROW);
        if (pass) fwrite(row, 1, row_bytes, stdout);
      }
    }
  }
  CHECK(camera->row == setup->size);
  CHECK(rcnet_camera_push(camera, source->line, row) == RCNET_CAMERA_END);
}

int main(void) {
  int32_t head[9];
  while (fread(head, sizeof head, 1, stdin) == 1) {
    rcnet_camera_setup setup;
    memset(&setup, 0, sizeof setup);
    setup.format = (rcnet_camera_format)head[0];
    setup.width = (uint16_t)head[1];
    setup.height = (uint16_t)head[2];
    setup.size = (uint16_t)head[3];
    setup.left = (uint16_t)head[4];
    setup.top = (uint16_t)head[5];
    setup.crop_width = (uint16_t)head[6];
    setup.crop_height = (uint16_t)head[7];

    const size_t bytes = rcnet_camera_line_bytes(&setup), row_bytes = (size_t)3 * setup.size;
    const size_t memory = RCNET_CAMERA_BYTES((size_t)setup.size);
    uint8_t *frame = exactly(bytes * setup.height), *line = exactly(bytes);
    int8_t *row = exactly(row_bytes);
    uint32_t *sums = exactly(memory);
    CHECK(fread(frame, 1, bytes * setup.height, stdin) == bytes * setup.height);
    memset(sums, 0xA5, memory);

    rcnet_camera camera;
    const int32_t status = (int32_t)rcnet_camera_init(&camera, &setup, sums, memory);
    fwrite(&status, sizeof status, 1, stdout);
    if (status == RCNET_CAMERA_OK) {
      CHECK(rcnet_camera_init(&camera, &setup, sums, memory - 1) == RCNET_CAMERA_NO_MEMORY);
      CHECK(rcnet_camera_push(&camera, line, row) == RCNET_CAMERA_BAD_ARGUMENT);
      CHECK(rcnet_camera_init(&camera, &setup, sums, memory) == RCNET_CAMERA_OK);
      source_t source = {frame, line, bytes, camera.setup.top, 0, camera.setup.crop_height};
      if (head[8]) pull(&camera, &source, row, row_bytes);
      else push(&camera, &source, row, row_bytes);
    } else {
      CHECK(rcnet_camera_begin(&camera) == RCNET_CAMERA_BAD_ARGUMENT);
    }
    free(frame);
    free(line);
    free(row);
    free(sums);
  }
  return 0;
}
