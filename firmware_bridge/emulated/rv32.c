/* RV32 on QEMU's virt board: start, semihosting. */
#include "port.h"

extern uint32_t stack_top[], bss_start[], bss_end[];
int main(void);

__attribute__((naked, section(".start"), used)) void start(void) {
  __asm volatile(
      "la sp, stack_top\n"
      "la t0, trap\n"
      ".option push\n.option arch, +zicsr\ncsrw mtvec, t0\n.option pop\n"
      "j begin\n");
}

static int call(int operation, const void *argument) {
  register int a0 __asm("a0") = operation;
  register const void *a1 __asm("a1") = argument;
  __asm volatile(
      ".option push\n.option norvc\n.balign 16\n"
      "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n"
      ".option pop\n"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
}

void port_print(const char *text) { call(0x04, text); }

void port_exit(int code) {
  const uint32_t block[2] = {0x20026, (uint32_t)code};
  call(0x20, block);
  for (;;) {
  }
}

uint32_t *port_stack_bottom(void) { return bss_end; }
uint32_t *port_stack_top(void) { return stack_top; }

__attribute__((aligned(4), used)) void trap(void) { port_exit(99); }

__attribute__((used)) void begin(void) {
  for (uint32_t *word = bss_start; word < bss_end; word++) *word = 0;
  port_exit(main());
}
