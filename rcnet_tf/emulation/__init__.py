"""The C99 engine on emulated microcontrollers: exact instruction counts, RAM, stack, results.

targets    instruction sets: compiler, flags, QEMU machine
board      build a program for one, run it, measure
stages     instructions between marks -> instructions per stage
estimate   milliseconds on real boards, from a stated model
table      results for people
"""
