/* SPDX-License-Identifier: Apache-2.0 */
/* The C99 engine on a PC: a picture from standard input, as binary PPM or PGM, to its most probable
 * classes.
 *
 *     djpeg photo.jpg | ./classify
 *
 * ../README.md has the line that compiles it. On a board, `next_line` returns a line of the camera;
 * all else stays. Exit code: 0, or 1 with a line on standard error. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include "camera/rcnet_camera.h"
#include "camera/rcnet_top.h"
#include "focus_rcnet_224.h"

enum { SIZE = FOCUS_RCNET_224_SIZE, CLASSES = FOCUS_RCNET_224_CLASSES, TOP = CLASSES < 3 ? CLASSES : 3 };
enum { WIDEST = 8192, SURE = 60 /* percent */ };

static int32_t memory[FOCUS_RCNET_224_ROWS_BYTES / 4];
static uint32_t sums[RCNET_CAMERA_BYTES(SIZE) / 4];
static uint8_t line[3 * WIDEST];

/* Lines are asked for once, from the first to the last. */
static const void *next_line(void *user, int y) {
  const size_t bytes = *(const size_t *)user;
  (void)y;
  return fread(line, 1, bytes, stdin) == bytes ? line : NULL;
}

static int fail(const char *what) {
  fprintf(stderr, "classify: %s\n", what);
  return 1;
}

int main(void) {
#ifdef _WIN32
  _setmode(_fileno(stdin), _O_BINARY); /* text would end at a pixel of 26 */
#endif
  char kind[2];
  unsigned width, height, most;
  if (scanf("P%1[56] %9u %9u %3u", kind, &width, &height, &most) != 4 || most != 255 ||
      !isspace(getchar()))
    return fail("no PPM or PGM of 8 bits without comments; djpeg and magick (-depth 8 ppm:-) write one");
  if (width < 1 || width > WIDEST || height < 1 || height > WIDEST)
    return fail("sides of the picture: expected 1 to 8192 pixels");

  const rcnet_camera_setup setup = {.format = kind[0] == '5' ? RCNET_CAMERA_GRAY8 : RCNET_CAMERA_RGB888,
                                    .width = (uint16_t)width,
                                    .height = (uint16_t)height,
                                    .size = SIZE};
  size_t bytes = rcnet_camera_line_bytes(&setup);
  rcnet_camera camera;
  const rcnet_camera_status ready = rcnet_camera_init(&camera, &setup, sums, sizeof sums);
  if (ready != RCNET_CAMERA_OK) return fail(rcnet_camera_status_text(ready));

  const rcnet_chunk chunk = {memory, sizeof memory};
  rcnet_camera_reader reader = {&camera, next_line, &bytes, NULL};
  const rcnet_hooks hooks = {.user = &reader, .read_row = rcnet_camera_read_row};
  rcnet net;
  int8_t probability[CLASSES];
  rcnet_status status = rcnet_init(&net, &focus_rcnet_224, RCNET_ROWS, &chunk, 1);
  if (status == RCNET_OK) status = rcnet_run(&net, &hooks, probability);
  if (status == RCNET_NO_INPUT) return fail("the picture is cut off");
  if (status != RCNET_OK) return fail(rcnet_status_text(status));

  rcnet_answer answers[TOP];
  if (rcnet_top(probability, CLASSES, SURE, answers, TOP) == RCNET_TOP_UNSURE) puts("not sure:");
  for (int i = 0; i < TOP; i++)
    printf("%-12s %3d %%\n", focus_rcnet_224_labels[answers[i].label], answers[i].percent);
  return fflush(stdout) == 0 && !ferror(stdout) ? 0 : fail("the answer cannot be written");
}
