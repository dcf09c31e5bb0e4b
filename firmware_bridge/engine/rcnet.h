/* SPDX-License-Identifier: Apache-2.0 */
/* rcnet: Focus-RCNet in int8 on microcontrollers, in portable C99.
 *
 * The engine runs one network, generated ahead of time by `python -m rcnet_tf.convert --c99`, from
 * its first pixel to its class probabilities. Results equal those of TensorFlow Lite Micro, bit for
 * bit.
 *
 * It is not an interpreter: it knows the layers of this one family of networks and no others. It
 * takes no memory but what it is given, keeps nothing between calls outside `rcnet`, uses neither
 * floating point nor the math library, and needs of the C library memcpy and memset alone.
 *
 *     static int32_t memory[FOCUS_RCNET_224_IMAGE_BYTES / 4];
 *     rcnet_chunk chunk = {memory, sizeof memory};
 *     rcnet net;
 *     int8_t probability[FOCUS_RCNET_224_CLASSES];
 *
 *     if (rcnet_init(&net, &focus_rcnet_224, RCNET_IMAGE, &chunk, 1) != RCNET_OK) ...
 *     for (int y = 0; y < FOCUS_RCNET_224_SIZE; y++)
 *         fill(rcnet_image_row(&net, y), y);             red, green, blue: pixel - 128
 *     if (rcnet_run(&net, NULL, probability) != RCNET_OK) ...
 *                                                        (probability[i] + 128) / 256
 *
 * Beside it, in camera/: rcnet_camera.h makes rows from the lines of a camera, rcnet_top.h answers in
 * percent with a threshold.
 */
#ifndef RCNET_H_
#define RCNET_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A generated network; its header declares one. Constant, and may lie in flash. */
typedef struct rcnet_model rcnet_model;
struct rcnet_pointwise;

typedef enum {
  RCNET_OK = 0,
  RCNET_BAD_ARGUMENT, /* a null pointer, an unknown `rcnet_input`, no chunk or too many, no
                         `read_row` under RCNET_ROWS or one under RCNET_IMAGE, or a `net` that
                         rcnet_init refused */
  RCNET_NO_MEMORY,    /* the chunks are too small; see `rcnet_memory` */
  RCNET_NO_INPUT,     /* `read_row` reported a failure */
  RCNET_STOPPED       /* `yield` asked for it */
} rcnet_status;

/* How the picture comes in. */
typedef enum {
  RCNET_IMAGE, /* whole, before the run, into the network's own memory: `rcnet_image_row` */
  RCNET_ROWS   /* row by row, during the run, by `read_row`: less memory on narrow networks, and no
                  picture needs to be anywhere */
} rcnet_input;

/* A piece of memory, best aligned to 4 bytes; up to 3 bytes are lost if it is not. */
typedef struct {
  void *start;
  size_t bytes;
} rcnet_chunk;

#define RCNET_MAX_CHUNKS 8

/* One network in use. Everything in it is private. Several may run the same model at once. */
typedef struct {
  const rcnet_model *model;
  uint8_t *work; /* rings and tables; one piece */
  struct {
    int8_t *start;
    uint16_t slots;
  } part[RCNET_MAX_CHUNKS]; /* the feature map, cut between rows */
  rcnet_input input;
} rcnet;

/* What an application may want to do during a run. All of it is optional. */
typedef struct {
  void *user; /* the first argument of every function below */

  /* Write the 3 * size bytes of row y (red, green, blue; pixel - 128). Rows are asked for once, in
   * order. Return 0, or anything else to give up with RCNET_NO_INPUT. RCNET_ROWS wants it, RCNET_IMAGE
   * does not take it. */
  int (*read_row)(void *user, int y, int8_t *row);

  /* Called after each of `total` steps: feed the watchdog, let other tasks run, draw a bar. Return
   * 0, or anything else to give up with RCNET_STOPPED. */
  int (*yield)(void *user, int done, int total);

  /* Called with each row that was made of each layer: for tests and for finding differences. `row`
   * holds the channels one after the other, `width` values each. Numbers of layers: see the
   * generated header. */
  void (*trace)(void *user, int layer, int y, const int8_t *row, int width, int channels);

  /* Take over 1x1 convolutions, say for an accelerator: compute the row and return 1, or return 0
   * to leave it to the engine. `input` and `output` hold their channels one after the other,
   * `pixels` values each; `rcnet_model.h` explains the weights. The result must be exact. */
  int (*pointwise)(void *user, const struct rcnet_pointwise *layer, const int8_t *input,
                   size_t pixels, int8_t *output);
} rcnet_hooks;

/* Bytes that the network needs in one chunk aligned to 4; also a macro in the generated header. 0
 * if an argument is bad. */
size_t rcnet_memory(const rcnet_model *model, rcnet_input input);

/* Lay a network out in memory.
 *
 * One chunk of `rcnet_memory` bytes is enough. With several, for chips whose RAM is in pieces, one
 * of them takes the work area (`rcnet_work_memory`), and the rows of the feature map fill what is
 * left of each. What is left of a chunk behind its last row is lost: a row more for each further
 * chunk (2,688 bytes in the usual network at 224 pixels) is always enough. The chunks must stay valid
 * while `net` is used; their content may be lost between runs. What is refused does not run. */
rcnet_status rcnet_init(rcnet *net, const rcnet_model *model, rcnet_input input,
                        const rcnet_chunk *chunks, size_t count);

/* Bytes of the part that must be in one piece; 0 if an argument is bad. */
size_t rcnet_work_memory(const rcnet_model *model, rcnet_input input);

/* Where row y of the picture goes, 3 * size bytes, under RCNET_IMAGE; NULL if there is no such row.
 * The run overwrites the picture: every row is to be written before every run. */
int8_t *rcnet_image_row(const rcnet *net, int y);

/* Classify one picture.
 *
 * hooks:  may be NULL under RCNET_IMAGE.
 * output: one value for each class; probability = (value + 128) / 256. Undefined unless RCNET_OK. */
rcnet_status rcnet_run(const rcnet *net, const rcnet_hooks *hooks, int8_t *output);

/* A status in words. */
const char *rcnet_status_text(rcnet_status status);

#ifdef __cplusplus
}
#endif

#endif /* RCNET_H_ */
