/* A frame from standard input, 128 x 96 in RGB565, high byte first, to answers: line by line into the
 * running network, and into its picture before it runs. Both must agree. Writes the probabilities. */
#include <stdio.h>
#include <string.h>

#include MODEL_HEADER
#include "rcnet_camera.c" /* not the header: the harness compiles one file of ours */
#include "rcnet_top.c"

enum { FRAME_WIDTH = 128, FRAME_HEIGHT = 96, LINE = 2 * FRAME_WIDTH, CLASSES = MODEL(CLASSES) };

static uint8_t frame[FRAME_HEIGHT][LINE];
static int32_t memory[MODEL(IMAGE_BYTES) / 4 + MODEL(ROWS_BYTES) / 4];
static uint32_t sums[RCNET_CAMERA_BYTES(MODEL(SIZE)) / 4];

static const void *next_line(void *user, int y) {
  (void)user;
  return frame[y];
}

static int asked(rcnet_camera *camera, int8_t *probability) {
  const rcnet_chunk chunk = {memory, sizeof memory};
  rcnet_camera_reader reader = {camera, next_line, 0, 0};
  const rcnet_hooks hooks = {.user = &reader, .read_row = rcnet_camera_read_row};
  rcnet net;
  if (rcnet_init(&net, &MODEL_NAME, RCNET_ROWS, &chunk, 1) != RCNET_OK) return 0;
  return rcnet_run(&net, &hooks, probability) == RCNET_OK;
}

static int pushed(rcnet_camera *camera, int8_t *probability) {
  const rcnet_chunk chunk = {memory, sizeof memory};
  rcnet net;
  if (rcnet_init(&net, &MODEL_NAME, RCNET_IMAGE, &chunk, 1) != RCNET_OK) return 0;
  rcnet_camera_begin(camera);
  for (int y = 0; y < FRAME_HEIGHT; y++) {
    rcnet_camera_status status;
    do {
      status = rcnet_camera_push(camera, frame[y], rcnet_image_row(&net, camera->row));
    } while (status == RCNET_CAMERA_ROW);
    if (status != RCNET_CAMERA_OK) return 0;
  }
  return rcnet_run(&net, NULL, probability) == RCNET_OK;
}

int main(void) {
  const rcnet_camera_setup setup = {.format = RCNET_CAMERA_RGB565_BE, .width = FRAME_WIDTH,
                                    .height = FRAME_HEIGHT, .size = MODEL(SIZE)};
  int8_t one[CLASSES], other[CLASSES];
  rcnet_answer best;
  rcnet_camera camera;
  if (fread(frame, sizeof frame, 1, stdin) != 1) return 1;
  if (rcnet_camera_init(&camera, &setup, sums, sizeof sums) != RCNET_CAMERA_OK) return 2;
  for (int again = 0; again < 2; again++) {
    if (!asked(&camera, one)) return 3;
    if (!pushed(&camera, other)) return 4;
    if (memcmp(one, other, sizeof one) != 0) return 5;
  }
  if (rcnet_top(one, CLASSES, 0, &best, 1) != RCNET_TOP_OK) return 6;
  for (int i = 0; i < CLASSES; i++)
    if (one[i] > one[best.label]) return 7;
  return fwrite(one, sizeof one, 1, stdout) != 1;
}
