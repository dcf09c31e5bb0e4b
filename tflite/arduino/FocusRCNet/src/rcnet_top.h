/* SPDX-License-Identifier: Apache-2.0 */
/* rcnet_top: the most probable classes from the network's int8 output, in percent, with an "I don't
 * know". For the engine and for TensorFlow Lite Micro; integers only.
 *
 *     rcnet_answer answers[3];
 *     switch (rcnet_top(probability, FOCUS_RCNET_224_CLASSES, 60, answers, 3)) {
 *       case RCNET_TOP_OK:     labels[answers[0].label] with answers[0].percent
 *       case RCNET_TOP_UNSURE: the same answers, but the first has less than 60 %
 *       ...
 */
#ifndef RCNET_TOP_H_
#define RCNET_TOP_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  RCNET_TOP_OK = 0,
  RCNET_TOP_UNSURE,      /* even the best class is below the threshold */
  RCNET_TOP_BAD_ARGUMENT /* a null pointer, no class, more answers than classes, or a threshold
                            above 100 */
} rcnet_top_status;

typedef struct {
  uint16_t label;  /* of the class */
  uint8_t percent; /* (output + 128) * 100 / 256, rounded half up: 0 to 100, 255 of 256 being 100 */
} rcnet_answer;

/* The `count` most probable classes, the best first; of equals, the one with the smaller label.
 *
 * probability: `classes` values, probability = (value + 128) / 256.
 * threshold:   percent, 0 to 100; compared with the rounded percent, so that what is shown is what
 *              decides. 0 is never unsure.
 * answers:     filled on OK and on UNSURE. */
rcnet_top_status rcnet_top(const int8_t *probability, size_t classes, unsigned threshold,
                           rcnet_answer *answers, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* RCNET_TOP_H_ */
