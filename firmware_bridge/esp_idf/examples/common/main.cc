// Gets pictures, classifies them, and gives the answers away.
#include "console.h"
#include "detection_responder.h"
#include "esp32_memory.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "image_provider.h"
#include "rcnet_tflm.h"

namespace {

constexpr int kPauseMilliseconds = 100;

rcnet::Tflm classifier;

bool Setup() {
  std::uint8_t* arena = rcnet::AllocateArena(rcnet::kArenaBytes);
  if (arena == nullptr) return false;
  if (!classifier.Begin(arena, rcnet::kArenaBytes, rcnet::Breathe)) {
    rcnet::Say("rcnet: %s\n", classifier.error());
    return false;
  }
  rcnet::Say("rcnet: %u bytes of the arena are used\n", static_cast<unsigned>(classifier.arena_used()));
  return InitImageProvider();
}

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
  if (!Setup()) return;
  while (true) {
    Loop();
    vTaskDelay(pdMS_TO_TICKS(kPauseMilliseconds));
  }
}
