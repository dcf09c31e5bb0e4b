"""The C99 engine on emulated microcontrollers: exact instruction counts, RAM, stack, results.

targets      instruction sets: compiler, flags, QEMU machine
tools        programs run, their failures in one line
board        build a program for one, run it, measure
c99          this project's engine there
baselines    TensorFlow Lite Micro's builds, from other people's checkouts
sources      what of a checkout is needed
archive      compiled once, kept in the cache
tflm         TensorFlow Lite Micro on a board
stages       instructions between marks -> instructions per stage
measure      all engines and targets for one network
estimate     milliseconds on real boards, from a stated model
table        results for people
memory_plot  where the memory goes, as a picture
"""
