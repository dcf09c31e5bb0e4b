/* RV32 on QEMU's virt board: first instructions, semihosting. */
#include "port.h"

__attribute__((naked, section(".start"), used)) void start(void) {
  __asm volatile(
      ".option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n"
      "la sp, stack_top\n"
      "la t0, trap\n"
      ".option push\n.option arch, +zicsr\ncsrw mtvec, t0\n.option pop\n"
      "j begin\n");
}

int semihosting_call(int operation, const void *argument) {
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

__attribute__((aligned(4), used)) void trap(void) { port_exit(FAULT); }
