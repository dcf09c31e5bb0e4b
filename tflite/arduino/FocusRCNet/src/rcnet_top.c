/* SPDX-License-Identifier: Apache-2.0 */
#include "rcnet_top.h"

rcnet_top_status rcnet_top(const int8_t *probability, size_t classes, unsigned threshold,
                           rcnet_answer *answers, size_t count) {
  if (!probability || !answers || count == 0 || count > classes || classes > UINT16_MAX ||
      threshold > 100)
    return RCNET_TOP_BAD_ARGUMENT;
  /* Insertion into a list of `count`: a class moves up past those that it beats, which are never
   * its equals. */
  for (size_t label = 0; label < classes; label++) {
    size_t place = label < count ? label : count;
    while (place > 0 && probability[answers[place - 1].label] < probability[label]) {
      if (place < count) answers[place] = answers[place - 1];
      place--;
    }
    if (place < count) answers[place].label = (uint16_t)label;
  }
  for (size_t i = 0; i < count; i++)
    answers[i].percent = (uint8_t)(((probability[answers[i].label] + 128) * 100 + 128) / 256);
  return answers[0].percent < threshold ? RCNET_TOP_UNSURE : RCNET_TOP_OK;
}
