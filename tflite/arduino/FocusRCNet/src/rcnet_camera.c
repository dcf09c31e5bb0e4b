/* SPDX-License-Identifier: Apache-2.0 */
/* Area average by rows.
 *
 * Along each axis, lay `source` pixels of the frame and `target` pixels of the input on one ruler of
 * source * target ticks: a pixel of the input spans `source` ticks, one of the frame `target`, both
 * divided by their greatest common divisor. A weight is the number of ticks that two pixels share.
 * Counting down what each still has left gives every weight without a table or a division.
 */
#include "rcnet_camera.h"

/* The largest area whose white sum, 255 * area + area / 2, fits 32 bits. */
#define MOST_AREA UINT32_C(16810048)

static const uint8_t bytes_of_pixel[] = {3, 3, 2, 2, 1, 2, 2};
#define FORMATS sizeof bytes_of_pixel

static int known(rcnet_camera_format format) {
  return (unsigned)format < FORMATS;
}

size_t rcnet_camera_line_bytes(const rcnet_camera_setup *setup) {
  return setup && known(setup->format) ? (size_t)setup->width * bytes_of_pixel[setup->format] : 0;
}

static uint16_t common_divisor(uint16_t a, uint16_t b) {
  while (b) {
    uint16_t rest = (uint16_t)(a % b);
    a = b;
    b = rest;
  }
  return a;
}

static int fits(const rcnet_camera_setup *setup) {
  if (!known(setup->format) || !setup->width || !setup->height || !setup->size) return 0;
  if (!setup->crop_width || !setup->crop_height) return 0;
  if (setup->left + setup->crop_width > setup->width) return 0;
  if (setup->top + setup->crop_height > setup->height) return 0;
  return setup->format < RCNET_CAMERA_YUYV || setup->width % 2 == 0;
}

rcnet_camera_status rcnet_camera_init(rcnet_camera *camera, const rcnet_camera_setup *setup,
                                      uint32_t *sums, size_t bytes) {
  if (!camera) return RCNET_CAMERA_BAD_ARGUMENT;
  camera->sums = 0; /* until all is well, so that nothing runs without memory */
  if (!setup || !sums) return RCNET_CAMERA_BAD_ARGUMENT;
  camera->setup = *setup;
  rcnet_camera_setup *own = &camera->setup;
  if (!own->crop_width && !own->crop_height && !own->left && !own->top) {
    own->crop_width = own->width;
    own->crop_height = own->height;
  }
  if (!fits(own)) return RCNET_CAMERA_BAD_ARGUMENT;
  const uint16_t across = common_divisor(own->crop_width, own->size);
  const uint16_t down = common_divisor(own->crop_height, own->size);
  camera->column_span = (uint16_t)(own->crop_width / across);
  camera->column_tick = (uint16_t)(own->size / across);
  camera->row_span = (uint16_t)(own->crop_height / down);
  camera->row_tick = (uint16_t)(own->size / down);
  camera->area = (uint32_t)camera->column_span * camera->row_span;
  if (camera->area > MOST_AREA) return RCNET_CAMERA_TOO_LARGE;
  if (bytes < RCNET_CAMERA_BYTES((size_t)own->size)) return RCNET_CAMERA_NO_MEMORY;
  camera->sums = sums;
  return rcnet_camera_begin(camera);
}

rcnet_camera_status rcnet_camera_begin(rcnet_camera *camera) {
  if (!camera || !camera->sums) return RCNET_CAMERA_BAD_ARGUMENT;
  for (size_t i = 0; i < (size_t)3 * camera->setup.size; i++) camera->sums[i] = 0;
  camera->row = 0;
  camera->line = 0;
  camera->row_needs = camera->row_span;
  camera->line_has = camera->row_tick;
  return RCNET_CAMERA_OK;
}

/* fraction: 16 bits of it. */
static uint32_t rounded(int32_t fraction) {
  fraction += 1 << 15;
  return fraction < 0 ? 0 : fraction >> 16 > 255 ? 255 : (uint32_t)fraction >> 16;
}

static void from_yuv(int32_t y, int32_t cb, int32_t cr, uint32_t rgb[3]) {
  y *= 1 << 16;
  cb -= 128;
  cr -= 128;
  rgb[0] = rounded(y + 91881 * cr);
  rgb[1] = rounded(y - 22554 * cb - 46802 * cr);
  rgb[2] = rounded(y + 116130 * cb);
}

static void from_rgb565(uint32_t pixel, uint32_t rgb[3]) {
  const uint32_t red = pixel >> 11, green = pixel >> 5 & 63, blue = pixel & 31;
  rgb[0] = red << 3 | red >> 2;
  rgb[1] = green << 2 | green >> 4;
  rgb[2] = blue << 3 | blue >> 2;
}

/* Pixel x of a line: red, green, blue. */
static void decode(rcnet_camera_format format, const uint8_t *line, size_t x, uint32_t rgb[3]) {
  const uint8_t *pixel = line + x * bytes_of_pixel[format];
  const uint8_t *pair = line + (x & ~(size_t)1) * 2; /* of YUV */
  switch (format) {
    case RCNET_CAMERA_RGB888:
      rgb[0] = pixel[0];
      rgb[1] = pixel[1];
      rgb[2] = pixel[2];
      break;
    case RCNET_CAMERA_BGR888:
      rgb[0] = pixel[2];
      rgb[1] = pixel[1];
      rgb[2] = pixel[0];
      break;
    case RCNET_CAMERA_RGB565_LE:
      from_rgb565((uint32_t)pixel[1] << 8 | pixel[0], rgb);
      break;
    case RCNET_CAMERA_RGB565_BE:
      from_rgb565((uint32_t)pixel[0] << 8 | pixel[1], rgb);
      break;
    case RCNET_CAMERA_GRAY8:
      rgb[0] = rgb[1] = rgb[2] = pixel[0];
      break;
    case RCNET_CAMERA_YUYV:
      from_yuv(pixel[0], pair[1], pair[3], rgb);
      break;
    case RCNET_CAMERA_UYVY:
      from_yuv(pixel[1], pair[0], pair[2], rgb);
      break;
  }
}

static int8_t quantised(uint32_t sum, uint32_t area) {
  return (int8_t)((int32_t)((sum + area / 2) / area) - 128);
}

/* Add a line to the row in work with a weight. If `row` is not NULL, that finishes it: write it, and
 * begin the next one with `next` times the same line. */
static void add(rcnet_camera *camera, const uint8_t *line, uint32_t weight, uint32_t next,
                int8_t *row) {
  const rcnet_camera_setup *setup = &camera->setup;
  const uint32_t span = camera->column_span, tick = camera->column_tick, area = camera->area;
  uint32_t *sums = camera->sums;
  uint32_t rgb[3] = {0, 0, 0}, has = 0; /* the pixel, and how many ticks of it are left */
  size_t x = setup->left;
  for (size_t i = 0; i < setup->size; i++, sums += 3) {
    uint32_t red = 0, green = 0, blue = 0, needs = span;
    do {
      if (!has) {
        decode(setup->format, line, x++, rgb);
        has = tick;
      }
      const uint32_t shared = has < needs ? has : needs;
      red += shared * rgb[0];
      green += shared * rgb[1];
      blue += shared * rgb[2];
      has -= shared;
      needs -= shared;
    } while (needs);
    sums[0] += weight * red;
    sums[1] += weight * green;
    sums[2] += weight * blue;
    if (!row) continue;
    *row++ = quantised(sums[0], area);
    *row++ = quantised(sums[1], area);
    *row++ = quantised(sums[2], area);
    sums[0] = next * red;
    sums[1] = next * green;
    sums[2] = next * blue;
  }
}

rcnet_camera_status rcnet_camera_push(rcnet_camera *camera, const void *line, int8_t *row) {
  if (!camera || !camera->sums) return RCNET_CAMERA_BAD_ARGUMENT;
  const rcnet_camera_setup *setup = &camera->setup;
  if (camera->line >= setup->height) return RCNET_CAMERA_END;
  const int inside =
      camera->line >= setup->top && camera->line < setup->top + setup->crop_height;
  if (inside && camera->line_has) {
    const uint16_t has = camera->line_has, needs = camera->row_needs, span = camera->row_span;
    if (!line || (has >= needs && !row)) return RCNET_CAMERA_BAD_ARGUMENT;
    if (has >= needs) {
      const uint16_t rest = (uint16_t)(has - needs);
      /* The rest of the line goes into the next row at once, unless it fills all of that one. */
      const uint16_t next = rest < span ? rest : 0;
      add(camera, line, needs, next, row);
      camera->line_has = (uint16_t)(rest - next);
      camera->row_needs = (uint16_t)(span - next);
      camera->row++;
      return RCNET_CAMERA_ROW;
    }
    add(camera, line, has, 0, 0);
    camera->row_needs = (uint16_t)(needs - has);
  }
  camera->line_has = camera->row_tick;
  camera->line++;
  return RCNET_CAMERA_OK;
}

int rcnet_camera_read_row(void *user, int y, int8_t *row) {
  rcnet_camera_reader *reader = user;
  if (!reader || !reader->camera || !reader->camera->sums || !reader->next_line) return 1;
  rcnet_camera *camera = reader->camera;
  if (y == 0) {
    (void)rcnet_camera_begin(camera);
    camera->line = camera->setup.top;
    reader->line = 0;
  }
  if (y != camera->row) return 1;
  for (;;) {
    if (!reader->line) {
      /* Below the crop: somebody asks for more rows than there are. */
      if (camera->line >= camera->setup.top + camera->setup.crop_height) return 1;
      reader->line = reader->next_line(reader->user, camera->line);
      if (!reader->line) return 1;
    }
    rcnet_camera_status status = rcnet_camera_push(camera, reader->line, row);
    if (status == RCNET_CAMERA_ROW) return 0;
    if (status != RCNET_CAMERA_OK) return 1;
    reader->line = 0;
  }
}

const char *rcnet_camera_status_text(rcnet_camera_status status) {
  switch (status) {
    case RCNET_CAMERA_OK:
      return "ok";
    case RCNET_CAMERA_ROW:
      return "a row is finished";
    case RCNET_CAMERA_BAD_ARGUMENT:
      return "bad argument";
    case RCNET_CAMERA_TOO_LARGE:
      return "picture too large";
    case RCNET_CAMERA_NO_MEMORY:
      return "not enough memory";
    case RCNET_CAMERA_END:
      return "the frame has no more lines";
  }
  return "unknown status";
}
