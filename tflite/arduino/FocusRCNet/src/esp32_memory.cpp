#include "esp32_memory.h"

#include "console.h"
#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

namespace rcnet {

namespace {

constexpr std::size_t kAlignment = 16;
constexpr std::int64_t kBreathMicroseconds = 1000 * 1000;

struct Place {
  const char* name;
  std::uint32_t capabilities;
};

constexpr Place kPsram = {"PSRAM", MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT};
constexpr Place kInternal = {"internal RAM", MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT};

#if CONFIG_RCNET_ARENA_INTERNAL_FIRST
constexpr Place kPlaces[] = {kInternal, kPsram};
#else
constexpr Place kPlaces[] = {kPsram, kInternal};
#endif

}  // namespace

std::uint8_t* AllocateArena(std::size_t bytes) {
  for (const Place& place : kPlaces) {
    void* arena = heap_caps_aligned_alloc(kAlignment, bytes, place.capabilities);
    if (arena != nullptr) {
      Say("rcnet: arena of %u bytes in %s\n", static_cast<unsigned>(bytes), place.name);
      return static_cast<std::uint8_t*>(arena);
    }
    Say("rcnet: no %u bytes in %s; its largest free block has %u\n",
        static_cast<unsigned>(bytes), place.name,
        static_cast<unsigned>(heap_caps_get_largest_free_block(place.capabilities)));
  }
  if (heap_caps_get_total_size(MALLOC_CAP_SPIRAM) == 0) {
    Say("rcnet: no PSRAM; if the board has some, switch it on: CONFIG_SPIRAM in menuconfig, "
        "Tools > PSRAM in the Arduino IDE; else take a smaller model, or the C99 engine\n");
  }
  return nullptr;
}

void Breathe() {
  static std::int64_t last = 0;
  const std::int64_t now = esp_timer_get_time();
  if (now - last < kBreathMicroseconds) return;
  vTaskDelay(1);
  last = esp_timer_get_time();
}

}  // namespace rcnet
