/* rcnet_top on standard input: int32 classes, threshold, count; classes values. Answers int32 status,
 * then count times int32 label, percent. */
#include <stdio.h>
#include <stdlib.h>

#include "rcnet_top.h"

int main(void) {
  int32_t head[3];
  while (fread(head, sizeof head, 1, stdin) == 1) {
    const size_t classes = (size_t)head[0], count = (size_t)head[2];
    int8_t *probability = malloc(classes + 1);
    rcnet_answer *answers = malloc((count + 1) * sizeof *answers);
    if (!probability || !answers || fread(probability, 1, classes, stdin) != classes) return 1;
    const int32_t status = (int32_t)rcnet_top(probability, classes, (unsigned)head[1], answers, count);
    fwrite(&status, sizeof status, 1, stdout);
    for (size_t i = 0; i < count && status != RCNET_TOP_BAD_ARGUMENT; i++) {
      const int32_t answer[2] = {answers[i].label, answers[i].percent};
      fwrite(answer, sizeof answer, 1, stdout);
    }
    free(probability);
    free(answers);
  }
  rcnet_answer one;
  const int8_t value = 0;
  return !(rcnet_top(0, 1, 0, &one, 1) == RCNET_TOP_BAD_ARGUMENT &&
           rcnet_top(&value, 1, 0, 0, 1) == RCNET_TOP_BAD_ARGUMENT);
}
