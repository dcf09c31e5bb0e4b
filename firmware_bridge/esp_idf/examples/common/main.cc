// Gets pictures, classifies them, and gives the answers away.
#include "console.h"
#include "detection_responder.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "image_provider.h"
#include "rcnet_tflm.h"
#include "start.h"

namespace {

constexpr int kPauseMilliseconds = 100;

rcnet::Tflm classifier;

void Loop() {
  if (!GetImage(model_settings::kInputSize, classifier.input())) return;
  const std::int64_t start = esp_timer_get_time();
  const std::int8_t* output = classifier.Run();
  if (output == nullptr) {
    rcnet::Say("rcnet: %s\n", classifier.error());
    return;
  }
  RespondToDetection(output, static_cast<int>((esp_timer_get_time() - start) / 1000));
}

}  // namespace

extern "C" void app_main() {
  if (!rcnet::Start(classifier) || !InitImageProvider()) return;
  while (true) {
    Loop();
    vTaskDelay(pdMS_TO_TICKS(kPauseMilliseconds));
  }
}
