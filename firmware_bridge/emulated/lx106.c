/* Xtensa lx106 on QEMU's sim board: simulator calls, and helpers of the compiler that an ESP8266 has
 * in its boot ROM and a bare toolchain therefore leaves out. */
#include "port.h"

static int call(int number, int first, int second, int third) {
  register int a2 __asm("a2") = number;
  register int a3 __asm("a3") = first;
  register int a4 __asm("a4") = second;
  register int a5 __asm("a5") = third;
  __asm volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
  return a2;
}

void port_print(const char *text) {
  int length = 0;
  while (text[length]) length++;
  call(4, 1, (int)(intptr_t)text, length);
}

void port_exit(int code) {
  call(1, code, 0, 0);
  for (;;) {
  }
}

uint64_t __muldi3(uint64_t a, uint64_t b) {
  const uint32_t al = (uint32_t)a, bl = (uint32_t)b;
  const uint32_t a0 = al & 0xFFFF, a1 = al >> 16, b0 = bl & 0xFFFF, b1 = bl >> 16;
  const uint32_t low = a0 * b0, left = a0 * b1, right = a1 * b0;
  const uint32_t middle = (low >> 16) + (left & 0xFFFF) + (right & 0xFFFF);
  const uint32_t high = a1 * b1 + (left >> 16) + (right >> 16) + (middle >> 16) +
                        al * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * bl;
  return (uint64_t)high << 32 | (low & 0xFFFF) | middle << 16;
}

static uint32_t divide(uint32_t n, uint32_t d, uint32_t *rest) {
  uint32_t quotient = 0, r = 0;
  for (int i = 31; i >= 0; i--) {
    r = r << 1 | (n >> i & 1);
    if (r >= d) r -= d, quotient |= UINT32_C(1) << i;
  }
  *rest = r;
  return quotient;
}

uint32_t __udivsi3(uint32_t n, uint32_t d) {
  uint32_t rest;
  return divide(n, d, &rest);
}

uint32_t __umodsi3(uint32_t n, uint32_t d) {
  uint32_t rest;
  divide(n, d, &rest);
  return rest;
}
