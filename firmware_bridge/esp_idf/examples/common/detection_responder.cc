#include "detection_responder.h"

#include "console.h"
#include "model_settings.h"
#include "rcnet_top.h"
#include "sdkconfig.h"

void RespondToDetection(const std::int8_t* output, int milliseconds) {
  rcnet_answer best;
  const rcnet_top_status status = rcnet_top(output, model_settings::kClassCount,
                                            CONFIG_RCNET_THRESHOLD_PERCENT, &best, 1);
  if (status == RCNET_TOP_BAD_ARGUMENT) {
    rcnet::Say("rcnet_top: bad argument\n");
    return;
  }
  rcnet::Say("%s%s, %u %%, %d ms\n", status == RCNET_TOP_UNSURE ? "unsure: " : "",
             model_settings::kLabels[best.label], static_cast<unsigned>(best.percent),
             milliseconds);
}
