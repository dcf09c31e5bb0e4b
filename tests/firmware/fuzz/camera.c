/* rcnet_camera_*: setups of every kind, lines that are missing, functions out of order; and the
 * rows of small frames against the definition. */
#include "fuzz.h"
#include "rcnet_camera.h"

enum {
  SMALL = 20000, /* pixels of a frame, or of an input, that is played as a whole */
  MOST = 400000  /* pixels that a wild game goes through */
};

typedef struct {
  const rcnet_camera *camera;
  const uint8_t *frame; /* or 0: every line is `line` */
  uint8_t *line;
  size_t bytes; /* of a line */
  int left; /* lines before `next_line` gives up */
} source_t;

static const uint8_t *line_of(const source_t *source, size_t y) {
  /* A copy of its own, so that what is read beyond it is seen. */
  if (source->frame) memcpy(source->line, source->frame + y * source->bytes, source->bytes);
  return source->line;
}

static const void *next_line(void *user, int y) {
  source_t *source = user;
  const rcnet_camera_setup *setup = &source->camera->setup;
  CHECK(y >= setup->top && y < setup->top + setup->crop_height);
  return source->left-- > 0 ? line_of(source, (size_t)y) : 0;
}

static rcnet_camera_setup setup_from(feed_t *feed) {
  rcnet_camera_setup setup;
  uint16_t *const numbers[] = {&setup.width, &setup.height, &setup.size, &setup.left,
                               &setup.top, &setup.crop_width, &setup.crop_height};
  const unsigned how = feed_byte(feed);
  setup.format = (rcnet_camera_format)feed_below(feed, 7);
  if (how == 0) setup.format = (rcnet_camera_format)feed_word(feed);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    *numbers[i] = (uint16_t)(feed_below(feed, 48) + (i < 3));
    if (how & 1 && feed_below(feed, 4) == 0) *numbers[i] = (uint16_t)feed_word(feed);
  }
  if (how & 2) setup.left = setup.top = setup.crop_width = setup.crop_height = 0;
  if (how & 4 && setup.width && setup.height) { /* a crop that fits */
    setup.left = (uint16_t)(setup.left % setup.width);
    setup.top = (uint16_t)(setup.top % setup.height);
    setup.crop_width = (uint16_t)(1 + setup.crop_width % (setup.width - setup.left));
    setup.crop_height = (uint16_t)(1 + setup.crop_height % (setup.height - setup.top));
  }
  return setup;
}

static int is_small(const rcnet_camera_setup *setup) {
  return (uint32_t)setup->width * setup->height <= SMALL &&
         (uint32_t)setup->size * setup->size <= SMALL;
}

/* Value `index` of row y by the definition, in ticks of 1 / (side * size) of the frame; for formats
 * whose bytes are colours. */
static int8_t defined(const rcnet_camera_setup *setup, const source_t *source, size_t y,
                      size_t index) {
  const size_t size = setup->size, x = index / 3, colour = index % 3;
  const size_t across = setup->crop_width, down = setup->crop_height;
  const size_t each = setup->format == RCNET_CAMERA_GRAY8 ? 1 : 3;
  const size_t byte = each == 1 ? 0 : setup->format == RCNET_CAMERA_BGR888 ? 2 - colour : colour;
  uint64_t sum = 0;
  for (size_t v = y * down / size; v < down && v * size < (y + 1) * down; v++) {
    const size_t top = v * size > y * down ? v * size : y * down;
    const size_t bottom = (v + 1) * size < (y + 1) * down ? (v + 1) * size : (y + 1) * down;
    const uint8_t *line = source->frame + (setup->top + v) * source->bytes;
    for (size_t u = x * across / size; u < across && u * size < (x + 1) * across; u++) {
      const size_t left = u * size > x * across ? u * size : x * across;
      const size_t right = (u + 1) * size < (x + 1) * across ? (u + 1) * size : (x + 1) * across;
      sum += (bottom - top) * (right - left) * line[(setup->left + u) * each + byte];
    }
  }
  const uint64_t area = (uint64_t)across * down;
  return (int8_t)((int)((2 * sum + area) / (2 * area)) - 128);
}

/* A whole small frame, pushed and asked for: both the same, and as defined. */
static void play_frame(feed_t *feed, rcnet_camera *camera, source_t *source) {
  const rcnet_camera_setup *setup = &camera->setup;
  const size_t size = setup->size, row_bytes = 3 * size;
  int8_t *row = exactly(row_bytes, 0), *picture = exactly(row_bytes * size, 0);
  CHECK(rcnet_camera_begin(camera) == RCNET_CAMERA_OK);
  for (size_t y = 0; y < setup->height; y++) {
    const int inside = y >= setup->top && y < (size_t)setup->top + setup->crop_height;
    const void *line = inside ? line_of(source, y) : 0;
    for (;;) {
      const uint16_t number = camera->row;
      const rcnet_camera_status status =
          rcnet_camera_push(camera, line, number < size ? row : 0);
      if (status == RCNET_CAMERA_OK) break;
      CHECK(status == RCNET_CAMERA_ROW && number < size && camera->row == number + 1);
      memcpy(picture + number * row_bytes, row, row_bytes);
    }
  }
  CHECK(camera->row == size);
  CHECK(rcnet_camera_push(camera, source->line, row) == RCNET_CAMERA_END);

  source->left = setup->crop_height;
  rcnet_camera_reader reader = {camera, next_line, source, source->line};
  for (size_t y = 0; y < size; y++) {
    CHECK(rcnet_camera_read_row(&reader, (int)y, row) == 0);
    CHECK(memcmp(row, picture + y * row_bytes, row_bytes) == 0);
  }
  CHECK(source->left == 0 && rcnet_camera_read_row(&reader, (int)size, row) == 1);
  if (setup->format <= RCNET_CAMERA_BGR888 || setup->format == RCNET_CAMERA_GRAY8)
    for (int i = 0; i < 16; i++) {
      const size_t index = feed_word(feed) % (row_bytes * size);
      CHECK(picture[index] == defined(setup, source, index / row_bytes, index % row_bytes));
    }
  free(row);
  free(picture);
}

/* Functions in any order, arguments missing, lines that end. */
static void play_wild(feed_t *feed, rcnet_camera *camera, source_t *source) {
  const rcnet_camera_setup *setup = &camera->setup;
  const uint32_t pixels = 1u + setup->size + setup->crop_width;
  int8_t *row = exactly((size_t)3 * setup->size, 0);
  rcnet_camera_reader reader = {camera, next_line, source, 0};
  int asked = 0;
  for (uint32_t done = 0; feed->left && done < MOST; done += pixels) {
    const unsigned what = feed_byte(feed);
    if (what < 4) {
      CHECK(rcnet_camera_begin(camera) == RCNET_CAMERA_OK);
    } else if (what < 96) {
      const uint16_t number = camera->row;
      const rcnet_camera_status status =
          rcnet_camera_push(camera, what & 3 ? source->line : 0, what & 12 ? row : 0);
      CHECK(camera->row == number + (status == RCNET_CAMERA_ROW));
    } else {
      source->left = (int)feed_below(feed, 64);
      if (what < 128) reader.next_line = what & 1 ? 0 : next_line;
      else asked = what < 160 ? (int)feed_word(feed) : what < 176 ? 0 : camera->row;
      if (rcnet_camera_read_row(&reader, asked, row) == 0) asked++;
    }
    CHECK(camera->row <= setup->size && camera->line <= setup->height);
  }
  free(row);
}

void fuzz_camera(feed_t *feed) {
  const rcnet_camera_setup setup = setup_from(feed);
  const size_t needed = RCNET_CAMERA_BYTES((size_t)setup.size);
  const size_t bytes = rcnet_camera_line_bytes(&setup);
  const unsigned how = feed_byte(feed);
  size_t memory = needed;
  if (how % 8 == 1) memory = needed ? needed - 1 : 0;
  if (how % 8 == 2) memory = needed + feed_byte(feed);
  uint32_t *sums = exactly(memory, 0xA5);
  rcnet_camera camera;
  memset(&camera, 0xA5, sizeof camera);
  CHECK(rcnet_camera_init(&camera, 0, sums, memory) == RCNET_CAMERA_BAD_ARGUMENT);
  CHECK(rcnet_camera_begin(&camera) == RCNET_CAMERA_BAD_ARGUMENT);
  CHECK(rcnet_camera_init(0, &setup, sums, memory) == RCNET_CAMERA_BAD_ARGUMENT);

  source_t source = {&camera, 0, exactly(bytes, 0), bytes, 0};
  for (size_t i = 0; i < bytes && i < 1000; i++) source.line[i] = (uint8_t)(i * 37 + how);
  const rcnet_camera_status status = rcnet_camera_init(&camera, &setup, sums, memory);
  CHECK(strlen(rcnet_camera_status_text(how ? status : (rcnet_camera_status)feed_word(feed))) > 1);
  if (status == RCNET_CAMERA_OK) {
    CHECK(memory >= needed);
    if (how & 64 && is_small(&setup)) {
      uint8_t *frame = exactly(bytes * setup.height, 0);
      uint32_t state = feed_word(feed);
      for (size_t i = 0; i < bytes * setup.height; i++) frame[i] = (uint8_t)next_noise(&state);
      source.frame = frame;
      play_frame(feed, &camera, &source);
      free(frame);
    } else {
      play_wild(feed, &camera, &source);
    }
  } else {
    int8_t row;
    rcnet_camera_reader reader = {&camera, next_line, &source, 0};
    CHECK(status != RCNET_CAMERA_NO_MEMORY || memory < needed);
    CHECK(rcnet_camera_begin(&camera) == RCNET_CAMERA_BAD_ARGUMENT);
    CHECK(rcnet_camera_push(&camera, source.line, &row) == RCNET_CAMERA_BAD_ARGUMENT);
    CHECK(rcnet_camera_read_row(&reader, 0, &row) == 1);
  }
  free(source.line);
  free(sums);
}
