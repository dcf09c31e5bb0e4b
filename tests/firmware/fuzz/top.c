/* rcnet_top against its definition. */
#include "fuzz.h"
#include "rcnet_top.h"

void fuzz_top(feed_t *feed) {
  const unsigned how = feed_byte(feed);
  const size_t classes = feed_byte(feed), room = feed_below(feed, 16);
  size_t said = classes, count = room;
  if (how & 1) said = (size_t)feed_word(feed) << feed_below(feed, 33);
  if (said > classes && said <= UINT16_MAX) said = classes; /* a lie that nobody could notice */
  if (how & 2) count = (size_t)feed_word(feed) << feed_below(feed, 33);
  if (count > room && count <= said) count = room;
  const unsigned threshold = how & 4 ? feed_word(feed) : feed_below(feed, 102);
  int8_t *values = exactly(classes, 0);
  rcnet_answer *answers = exactly(room * sizeof *answers, 0xA5);
  for (size_t i = 0; i < classes; i++) values[i] = (int8_t)feed_byte(feed);

  CHECK(rcnet_top(0, said, threshold, answers, count) == RCNET_TOP_BAD_ARGUMENT);
  CHECK(rcnet_top(values, said, threshold, 0, count) == RCNET_TOP_BAD_ARGUMENT);
  const rcnet_top_status status = rcnet_top(values, said, threshold, answers, count);
  if (!count || count > said || said > UINT16_MAX || threshold > 100) {
    CHECK(status == RCNET_TOP_BAD_ARGUMENT);
  } else {
    for (size_t i = 0; i < count; i++) {
      CHECK(answers[i].label < said);
      const int value = values[answers[i].label];
      size_t before = 0; /* classes that come first by the definition */
      for (size_t j = 0; j < said; j++)
        before += values[j] > value || (values[j] == value && j < answers[i].label);
      CHECK(before == i);
      CHECK(answers[i].percent == (int)((value + 128) * 100.0 / 256 + 0.5));
    }
    CHECK(status == (answers[0].percent < threshold ? RCNET_TOP_UNSURE : RCNET_TOP_OK));
  }
  free(values);
  free(answers);
}
