/* The program for emulated boards: classifies the pictures of pictures.c, compares every byte of the
 * output with the expected one, and measures the stack. Exit code: number of wrong pictures.
 *
 * MODEL_HEADER, MODEL_NAME and MODEL(x) say which network; see rcnet_tf.emulation.
 */
#include <string.h>

#include MODEL_HEADER
#include "port.h"

#define SIZE MODEL(SIZE)

extern const int picture_count;
extern const int8_t pictures[][SIZE][3 * SIZE];
extern const int8_t expected[][MODEL(CLASSES)];

/* All memory that the network has; the stack is the rest of the board's. */
static int32_t memory[MODEL(IMAGE_BYTES) / 4];

#define UNUSED_STACK UINT32_C(0xA5A5A5A5)
#define OWN_FRAMES 64 /* bytes below this function's frame that it must not paint over */

/* The plugin count.c notes the number of instructions whenever this is called. */
__attribute__((noinline)) void mark(void) { __asm volatile("" ::: "memory"); }

static int after_step(void *user, int done, int total) {
  (void)user, (void)done, (void)total;
  mark();
  return 0;
}

static void print_number(const char *name, uint32_t value) {
  char text[12], *digit = text + sizeof text - 1;
  *digit = 0;
  *--digit = '\n';
  do *--digit = (char)('0' + value % 10);
  while (value /= 10);
  port_print(name);
  port_print(digit);
}

__attribute__((noinline)) static void paint(void) {
  const uint32_t *end = (const uint32_t *)__builtin_frame_address(0) - OWN_FRAMES / 4;
  for (volatile uint32_t *word = port_stack_bottom(); word < end; word++) *word = UNUSED_STACK;
}

static uint32_t stack_used(void) {
  const uint32_t *word = port_stack_bottom();
  while (*word == UNUSED_STACK) word++;
  return (uint32_t)(port_stack_top() - word) * 4;
}

__attribute__((noinline)) static int classify(int index) {
  static const rcnet_hooks hooks = {0, 0, after_step, 0, 0};
  const rcnet_chunk chunk = {memory, sizeof memory};
  int8_t output[MODEL(CLASSES)];
  rcnet net;
  if (rcnet_init(&net, &MODEL_NAME, RCNET_IMAGE, &chunk, 1) != RCNET_OK) return 1;
  for (int y = 0; y < SIZE; y++)
    memcpy(rcnet_image_row(&net, y), pictures[index][y], sizeof pictures[index][y]);
  mark();
  if (rcnet_run(&net, &hooks, output) != RCNET_OK) return 1;
  mark();
  return memcmp(output, expected[index], sizeof output) != 0;
}

int main(void) {
  int wrong = 0;
  paint();
  for (int i = 0; i < picture_count; i++) wrong += classify(i);
  print_number("pictures ", (uint32_t)picture_count);
  print_number("wrong ", (uint32_t)wrong);
  print_number("memory ", sizeof memory);
  print_number("stack ", stack_used());
  return wrong;
}
