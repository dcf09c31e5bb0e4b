// Classifies a test picture from flash, again and again: no camera is needed. It also says whether
// this chip computes what a PC computes.
//
// Board: one with PSRAM. Tools > PSRAM, where it is in the menu: on. Tools > Partition
// Scheme: one with 1.5 MB or more for the app.
#include <FocusRCNet.h>

static rcnet::Tflm classifier;
static bool ready = false;

void setup() {
  Serial.begin(115200);
  ready = rcnet::Start(classifier);
}

void loop() {
  delay(2000);
  if (!ready) return;
  const rcnet::Frame frame = {known_picture::kPixels, sizeof known_picture::kPixels,
                              known_picture::kSize, known_picture::kSize, RCNET_CAMERA_RGB888};
  if (!rcnet::FrameToImage(frame, model_settings::kInputSize, classifier.input())) return;
  const unsigned long started = millis();
  const std::int8_t* output = classifier.Run();
  if (output == nullptr) {
    rcnet::Say("rcnet: %s\n", classifier.error());
    return;
  }
  rcnet_answer best;
  if (rcnet_top(output, model_settings::kClassCount, 0, &best, 1) != RCNET_TOP_OK) return;
  rcnet::Say("%s is %s, %u %%, %lu ms\n", known_picture::kName,
             model_settings::kLabels[best.label], static_cast<unsigned>(best.percent),
             millis() - started);
  const bool same = memcmp(output, known_picture::kOutput, sizeof known_picture::kOutput) == 0;
  rcnet::Say(same ? "output as on a PC, byte for byte\n" : "output differs from a PC's\n");
}
