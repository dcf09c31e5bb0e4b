/* What classify.c measures: one way to run the network. c99_contender.c is this project's engine,
 * tflm_contender.cc TensorFlow Lite Micro. */
#ifndef CONTENDER_H_
#define CONTENDER_H_

#include <stdint.h>

/* Classify a picture: rows from the top, RGB, int8. Calls `mark` right before the inference, after
 * each step that it can tell apart, and right after. 0, or 1 where there is no result. */
int contender_run(const int8_t *picture, int8_t *output);

/* Bytes that it has used beside the stack. */
uint32_t contender_memory(void);

/* Of classify.c: the plugin count.c notes the number of instructions whenever this is called. */
void mark(void);

#endif /* CONTENDER_H_ */
