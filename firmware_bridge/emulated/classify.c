/* The program for emulated boards: classifies the pictures of pictures.c, compares every byte of the
 * output with the expected one, and measures the stack. Exit code: number of wrong pictures.
 *
 * PICTURES, PICTURE_BYTES and CLASSES say what is in pictures.c; see rcnet_tf.emulation.
 */
#include <string.h>

#include "contender.h"
#include "port.h"

extern const int8_t pictures[PICTURES][PICTURE_BYTES];
extern const int8_t expected[PICTURES][CLASSES];

#define UNUSED_STACK UINT32_C(0xA5A5A5A5)
#define OWN_FRAMES 64 /* bytes below this function's frame that it must not paint over */

__attribute__((noinline)) void mark(void) { __asm volatile("" ::: "memory"); }

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
  int8_t output[CLASSES];
  return contender_run(pictures[index], output) ||
         memcmp(output, expected[index], sizeof output) != 0;
}

int main(void) {
  int wrong = 0;
  paint();
  for (int i = 0; i < PICTURES; i++) wrong += classify(i);
  print_number("pictures ", PICTURES);
  print_number("wrong ", (uint32_t)wrong);
  print_number("memory ", contender_memory());
  print_number("stack ", stack_used());
  return wrong;
}
