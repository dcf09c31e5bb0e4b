/* Cortex-M on QEMU's MPS2 boards: vectors, semihosting. */
#include "port.h"

extern uint32_t stack_top[];
void begin(void);

int semihosting_call(int operation, const void *argument) {
  register int r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void fault(void) { port_exit(FAULT); }

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, begin, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault};
