// Says what the picture is, and whether this chip computes what a PC computes.
#include "detection_responder.h"

#include <cstring>

#include "console.h"
#include "known_picture.h"
#include "model_settings.h"
#include "rcnet_top.h"

static_assert(known_picture::kSize == model_settings::kInputSize &&
                  known_picture::kClassCount == model_settings::kClassCount,
              "known_picture.h is from another conversion");

void RespondToDetection(const std::int8_t* output, int milliseconds) {
  rcnet_answer best;
  if (rcnet_top(output, model_settings::kClassCount, 0, &best, 1) != RCNET_TOP_OK) {
    rcnet::Say("rcnet_top: bad argument\n");
    return;
  }
  rcnet::Say("%s is %s, %u %%, %d ms\n", known_picture::kName,
             model_settings::kLabels[best.label], static_cast<unsigned>(best.percent),
             milliseconds);
  if (std::memcmp(output, known_picture::kOutput, sizeof known_picture::kOutput) == 0) {
    rcnet::Say("output as on a PC, byte for byte\n");
    return;
  }
  for (int i = 0; i < model_settings::kClassCount; i++) {
    rcnet::Say("%s: %d here, %d on a PC\n", model_settings::kLabels[i], output[i],
               known_picture::kOutput[i]);
  }
  rcnet::Say("output differs; CONFIG_NN_ANSI_C=y tells whether esp-nn's kernels are why\n");
}
