// Classifies what the camera sees.
//
// Board: one with PSRAM and a camera, its pins below. Tools > PSRAM, where it is in the
// menu: on. Tools > Partition Scheme: one with 1.5 MB or more for the app.
#include <FocusRCNet.h>
#include <camera_capture.h>

#include "pins.h"

static const unsigned kThresholdPercent = 60;

static rcnet::Tflm classifier;
static bool ready = false;

void setup() {
  Serial.begin(115200);
  camera_config_t config = rcnet::CameraConfig();
  setPins(&config);
  ready = rcnet::Start(classifier) && rcnet::StartCamera(config);
}

void loop() {
  delay(100);
  if (!ready || !rcnet::CaptureImage(model_settings::kInputSize, classifier.input())) return;
  const unsigned long started = millis();
  const std::int8_t* output = classifier.Run();
  if (output == nullptr) {
    rcnet::Say("rcnet: %s\n", classifier.error());
    return;
  }
  rcnet_answer best;
  const rcnet_top_status status =
      rcnet_top(output, model_settings::kClassCount, kThresholdPercent, &best, 1);
  if (status == RCNET_TOP_BAD_ARGUMENT) return;
  rcnet::Say("%s%s, %u %%, %lu ms\n", status == RCNET_TOP_UNSURE ? "unsure: " : "",
             model_settings::kLabels[best.label], static_cast<unsigned>(best.percent),
             millis() - started);
}
