/* Cortex-M on QEMU's MPS2 boards: vectors, start, semihosting. */
#include "port.h"

extern uint32_t stack_top[], bss_start[], bss_end[], data_start[], data_end[], data_source[];
int main(void);

static int call(int operation, const void *argument) {
  register int r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
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

static void fault(void) { port_exit(99); }

void start(void) {
  const uint32_t *from = data_source;
  for (uint32_t *word = data_start; word < data_end; word++) *word = *from++;
  for (uint32_t *word = bss_start; word < bss_end; word++) *word = 0;
  port_exit(main());
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, start, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault};
