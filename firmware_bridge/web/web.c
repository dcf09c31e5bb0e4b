/* The engine and the camera input as a WebAssembly module, for worker.js.
 *
 * A picture comes in as a browser has it, red, green, blue and alpha, some lines at a time:
 *
 *     begin(width, height);
 *     for every few lines: copy them to lines(), then push(count);
 *     run();              probabilities() holds the network's output
 *     rank(threshold);    ranked_class(place), ranked_percent(place), is_unsure()
 *
 * What can fail returns NULL if it went well, and else a line of text that says why not. The module
 * imports nothing; all memory is its own, and never grows.
 *
 * MODEL_HEADER, MODEL_NAME, MODEL_LABELS and MODEL(x) say which network; see rcnet_tf.web.module.
 */
#include <string.h>

#include MODEL_HEADER
#include "rcnet_camera.h"
#include "rcnet_top.h"

#define EXPORT(name) __attribute__((export_name(#name))) name
#define CLASSES MODEL(CLASSES)
#define SIZE MODEL(SIZE)

/* Four lines of the widest picture that the camera input can describe. */
#define LINES_BYTES (4 * 4 * UINT16_MAX)

static int32_t memory[MODEL(IMAGE_BYTES) / 4];
static uint32_t sums[RCNET_CAMERA_BYTES(SIZE) / 4];
static uint8_t rgba[LINES_BYTES];
static int8_t output[CLASSES];
static rcnet_answer answers[CLASSES];
static int unsure;
static rcnet net;
static rcnet_camera camera;

/* One instruction each with -mbulk-memory, and so no calls of themselves. */
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  return __builtin_memcpy(to, from, count);
}

void *memset(void *to, int value, size_t count) {
  return __builtin_memset(to, value, count);
}

unsigned EXPORT(size)(void) {
  return SIZE;
}

unsigned EXPORT(classes)(void) {
  return CLASSES;
}

/* In UTF-8. */
const char *EXPORT(label)(unsigned index) {
  return index < CLASSES ? MODEL_LABELS[index] : "";
}

/* Bytes that the network works in, the picture included. */
size_t EXPORT(memory_bytes)(void) {
  return sizeof memory;
}

uint8_t *EXPORT(lines)(void) {
  return rgba;
}

size_t EXPORT(lines_bytes)(void) {
  return sizeof rgba;
}

const char *EXPORT(begin)(unsigned width, unsigned height) {
  const rcnet_chunk chunk = {memory, sizeof memory};
  const rcnet_status ready = rcnet_init(&net, &MODEL_NAME, RCNET_IMAGE, &chunk, 1);
  if (ready != RCNET_OK) return rcnet_status_text(ready);
  if (width > UINT16_MAX || height > UINT16_MAX)
    return rcnet_camera_status_text(RCNET_CAMERA_TOO_LARGE);
  const rcnet_camera_setup setup = {.format = RCNET_CAMERA_RGB888, .width = (uint16_t)width,
                                    .height = (uint16_t)height, .size = SIZE};
  const rcnet_camera_status status = rcnet_camera_init(&camera, &setup, sums, sizeof sums);
  return status == RCNET_CAMERA_OK ? 0 : rcnet_camera_status_text(status);
}

/* Take in the next `count` lines. */
const char *EXPORT(push)(unsigned count) {
  const size_t width = camera.setup.width;
  if (width == 0 || count > sizeof rgba / (4 * width)) return "more lines than there is room for";
  for (unsigned i = 0; i < count; i++) {
    uint8_t *line = rgba + i * 4 * width;
    for (size_t x = 0; x < width; x++)
      for (size_t c = 0; c < 3; c++) line[3 * x + c] = line[4 * x + c];
    rcnet_camera_status status;
    do {
      status = rcnet_camera_push(&camera, line, rcnet_image_row(&net, camera.row));
    } while (status == RCNET_CAMERA_ROW);
    if (status != RCNET_CAMERA_OK) return rcnet_camera_status_text(status);
  }
  return 0;
}

/* Row y of the network's input, 3 * size bytes, pixel - 128: until `run`, which overwrites it. */
const int8_t *EXPORT(input_row)(int y) {
  return rcnet_image_row(&net, y);
}

const char *EXPORT(run)(void) {
  if (camera.row != SIZE) return "a part of the picture is missing";
  camera.row = 0; /* none of it is left after a run */
  const rcnet_status status = rcnet_run(&net, 0, output);
  return status == RCNET_OK ? 0 : rcnet_status_text(status);
}

/* One value for each class: probability = (value + 128) / 256. `rank` reads what is here. */
int8_t *EXPORT(probabilities)(void) {
  return output;
}

/* Order the classes. threshold: percent below which even the best is no answer. */
const char *EXPORT(rank)(unsigned threshold) {
  const rcnet_top_status status = rcnet_top(output, CLASSES, threshold, answers, CLASSES);
  unsure = status == RCNET_TOP_UNSURE;
  return status == RCNET_TOP_BAD_ARGUMENT ? "the threshold must be 0 to 100 percent" : 0;
}

int EXPORT(is_unsure)(void) {
  return unsure;
}

/* The class in place `place`, 0 being the best, and its percent. */
unsigned EXPORT(ranked_class)(unsigned place) {
  return place < CLASSES ? answers[place].label : 0;
}

unsigned EXPORT(ranked_percent)(unsigned place) {
  return place < CLASSES ? answers[place].percent : 0;
}
