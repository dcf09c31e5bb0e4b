/* The sim board starts at 0x50000000, and goes to 0x40000050 on any exception. */
  .section .reset, "ax"
  .begin no-transform
  j real_start
  .end no-transform
  .align 4
  .literal_position
  .global real_start
real_start:
  movi a1, stack_top
  movi a0, begin
  jx a0

  .section .exception, "ax"
  .align 4
  movi a2, 1
  movi a3, 99
  simcall
