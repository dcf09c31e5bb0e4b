/* SPDX-License-Identifier: Apache-2.0 */
/* rcnet_camera: from the lines of a camera to the rows of the network's input, in portable C99.
 *
 * Each line is decoded, cropped, averaged and quantised as it arrives; no frame is kept. The result
 * is that of `rcnet_tf.preprocess`, bit for bit: the crop is stretched to size x size by exact area
 * average, rounded half up, and each value is pixel - 128. Frames smaller than the network's input
 * follow the same rule.
 *
 * It is independent of the engine (rcnet.h) and serves TensorFlow Lite Micro as well. It uses neither
 * floating point nor a heap, and of the C library memcpy and memset alone. RAM: 12 * size bytes from
 * the caller (2,688 at 224) and `rcnet_camera` itself, at most 64.
 *
 * What it does not do: it decodes no JPEG (set the sensor to one of the formats below), keeps no
 * aspect ratio (the network was trained on stretched frames; crop if you must), and neither mirrors
 * nor turns (sensors do).
 *
 *     static uint32_t sums[RCNET_CAMERA_BYTES(224) / 4];
 *     const rcnet_camera_setup setup = {.format = RCNET_CAMERA_RGB565_BE, .width = 320,
 *                                       .height = 240, .size = 224};
 *     rcnet_camera camera;
 *     if (rcnet_camera_init(&camera, &setup, sums, sizeof sums) != RCNET_CAMERA_OK) ...
 *
 * Lines that come by themselves, into a picture (RCNET_IMAGE, or TFLM's input tensor) or into one
 * row after the other:
 *
 *     rcnet_camera_begin(&camera);
 *     for every line of the frame:
 *         do {
 *             status = rcnet_camera_push(&camera, line, rcnet_image_row(&net, camera.row));
 *         } while (status == RCNET_CAMERA_ROW);
 *         if (status != RCNET_CAMERA_OK) ...
 *
 * Lines that can be asked for, as the engine asks for rows of a `net` that was initialised with
 * RCNET_ROWS; no picture is anywhere:
 *
 *     rcnet_camera_reader reader = {&camera, next_line, frame, NULL};
 *     rcnet_hooks hooks = {.user = &reader, .read_row = rcnet_camera_read_row};
 *     rcnet_run(&net, &hooks, probability)
 */
#ifndef RCNET_CAMERA_H_
#define RCNET_CAMERA_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  RCNET_CAMERA_OK = 0,       /* the line is used up: give the next one */
  RCNET_CAMERA_ROW,          /* a row was finished: give the same line again */
  RCNET_CAMERA_BAD_ARGUMENT, /* a null pointer, an unknown format, a size of 0, a crop outside the
                                frame, YUV of odd width, or a `camera` that was not initialised */
  RCNET_CAMERA_TOO_LARGE,    /* sums would not fit 32 bits; see `rcnet_camera_init` */
  RCNET_CAMERA_NO_MEMORY,    /* less than RCNET_CAMERA_BYTES */
  RCNET_CAMERA_END           /* the frame has no more lines */
} rcnet_camera_status;

/* How pixels lie in a line, bytes in the order of memory. */
typedef enum {
  RCNET_CAMERA_RGB888,    /* red, green, blue */
  RCNET_CAMERA_BGR888,    /* blue first, as esp32-camera's fmt2rgb888 writes them */
  RCNET_CAMERA_RGB565_LE, /* low byte first, as in an array of uint16_t */
  RCNET_CAMERA_RGB565_BE, /* high byte first, as OV2640 and OV5640 send them */
  RCNET_CAMERA_GRAY8,     /* red = green = blue */
  RCNET_CAMERA_YUYV,      /* YUV 4:2:2: Y0 Cb Y1 Cr */
  RCNET_CAMERA_UYVY       /* YUV 4:2:2: Cb Y0 Cr Y1 */
} rcnet_camera_format;
/* RGB565 is widened by repeating the upper bits, so that white is 255. YUV is full-range BT.601, as
 * in JPEG, and each pair of pixels shares its colour:
 *   R = Y + 1.402 Cr', G = Y - 0.344136 Cb' - 0.714136 Cr', B = Y + 1.772 Cb', with C' = C - 128;
 * the factors are 91881, 22554, 46802 and 116130 / 65536, sums are rounded half up and clamped to
 * 0 .. 255. Of the formats of two bytes take YUV: the network sees fine texture, and the coarse steps
 * of RGB565 change some of its decisions where YUV changes next to none. */

typedef struct {
  rcnet_camera_format format;
  uint16_t width, height; /* of the frame, in pixels */
  uint16_t size;          /* side of the network's input */
  /* The part that is used: its upper left corner and sides. Sides of 0: the whole frame. */
  uint16_t left, top, crop_width, crop_height;
} rcnet_camera_setup;

/* A frame on its way. Read `row` if you like; everything else is private. */
typedef struct {
  rcnet_camera_setup setup;
  uint32_t *sums;                 /* of the row in work: (size, 3) */
  uint32_t area;                  /* sum of all weights of a pixel */
  uint16_t column_span, row_span; /* ticks of a pixel of the input, see rcnet_camera.c */
  uint16_t column_tick, row_tick; /* ticks of a pixel of the frame */
  uint16_t row;                   /* the row in work; size after the last */
  uint16_t line;                  /* the line that is expected next */
  uint16_t row_needs, line_has;   /* ticks left of both */
} rcnet_camera;

/* Bytes of `sums` for an input of this size. */
#define RCNET_CAMERA_BYTES(size) (12u * (size))

/* Bytes of a line: width times 1, 2 or 3; 0 for an unknown format. */
size_t rcnet_camera_line_bytes(const rcnet_camera_setup *setup);

/* Prepare for frames of one kind.
 *
 * sums: scratch that stays in use; `bytes` of it, at least RCNET_CAMERA_BYTES(size).
 *
 * TOO_LARGE where crop_width / gcd(crop_width, size) * crop_height / gcd(crop_height, size) is above
 * 16,810,048: never for crops of up to 16.8 megapixels. */
rcnet_camera_status rcnet_camera_init(rcnet_camera *camera, const rcnet_camera_setup *setup,
                                      uint32_t *sums, size_t bytes);

/* Start over with a frame's first line, whatever came before. */
rcnet_camera_status rcnet_camera_begin(rcnet_camera *camera);

/* Take in the next line of the frame, from the first to the last.
 *
 * line: rcnet_camera_line_bytes; need not be aligned. Lines outside the crop may be NULL.
 * row:  where row camera->row goes, 3 * size bytes: red, green, blue, pixel - 128. Written only if
 *       the answer is RCNET_CAMERA_ROW. May be NULL when all rows are finished.
 *
 * Returns OK: give the next line. ROW: `row` is finished; call again with the same line, it may
 * finish more (always so if the frame is smaller than the input). Anything else: nothing was done. */
rcnet_camera_status rcnet_camera_push(rcnet_camera *camera, const void *line, int8_t *row);

/* For applications that ask for lines. */
typedef struct {
  rcnet_camera *camera;
  /* Return line y, valid until the next call, or NULL to give up. Only lines of the crop are asked
   * for, once and in order. A frame in memory: return frame + y * bytes_of_a_line. */
  const void *(*next_line)(void *user, int y);
  void *user;
  const void *line; /* private; 0 at first */
} rcnet_camera_reader;

/* `read_row` of rcnet_hooks, with hooks.user a rcnet_camera_reader. Rows in order; row 0 begins a
 * frame. Returns 0, or 1 if lines ended, y is out of order or the camera was not initialised. */
int rcnet_camera_read_row(void *reader, int y, int8_t *row);

/* A status in words. */
const char *rcnet_camera_status_text(rcnet_camera_status status);

#ifdef __cplusplus
}
#endif

#endif /* RCNET_CAMERA_H_ */
