// A chip for the firmware to run on: two heaps of given sizes, a clock, and a camera that shows the
// frames of a file. Settings come from the environment; see `board.py`.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "esp_camera.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/task.h"

namespace {

size_t Setting(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

size_t Free(uint32_t caps) {
  return Setting(caps & MALLOC_CAP_SPIRAM ? "BOARD_PSRAM" : "BOARD_INTERNAL", 0);
}

// Ends the program after a number of pauses of the main loop.
void Pause() {
  static size_t pauses = Setting("BOARD_PAUSES", 1);
  if (--pauses == 0) {
    std::fflush(stdout);
    _exit(0);
  }
}

int frames_out = 0;

}  // namespace

extern "C" {

void* heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
  if (size > Free(caps)) return nullptr;
  return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

size_t heap_caps_get_largest_free_block(uint32_t caps) { return Free(caps); }

size_t heap_caps_get_total_size(uint32_t caps) { return Free(caps); }

// Every look at the clock takes 0.3 s.
int64_t esp_timer_get_time(void) {
  static int64_t now = 0;
  return now += 300 * 1000;
}

void vTaskDelay(const TickType_t ticks) {
  if (ticks == 1) {
    std::printf("breath\n");
  } else {
    Pause();
  }
}

const char* esp_err_to_name(esp_err_t code) {
  return code == ESP_ERR_NOT_FOUND ? "ESP_ERR_NOT_FOUND" : "ESP_FAIL";
}

esp_err_t esp_camera_init(const camera_config_t* config) {
  if (std::getenv("BOARD_FRAMES") == nullptr) return ESP_ERR_NOT_FOUND;
  std::printf("camera: xclk %d, d0 %d, %zu buffer in %s, format %d\n", config->pin_xclk,
              config->pin_d0, config->fb_count,
              config->fb_location == CAMERA_FB_IN_PSRAM ? "PSRAM" : "DRAM",
              static_cast<int>(config->pixel_format));
  return ESP_OK;
}

// BOARD_FRAMES: a file of frames of BOARD_WIDTH x BOARD_HEIGHT in format BOARD_FORMAT.
camera_fb_t* esp_camera_fb_get(void) {
  static std::FILE* file = std::fopen(std::getenv("BOARD_FRAMES"), "rb");
  static std::vector<uint8_t> pixels(Setting("BOARD_FRAME_BYTES", 0));
  static camera_fb_t frame;
  frame.buf = pixels.data();
  frame.len = std::fread(pixels.data(), 1, pixels.size(), file);
  if (frame.len == 0) return nullptr;
  frame.width = Setting("BOARD_WIDTH", 0);
  frame.height = Setting("BOARD_HEIGHT", 0);
  frame.format = static_cast<pixformat_t>(Setting("BOARD_FORMAT", 0));
  frames_out++;
  return &frame;
}

void esp_camera_fb_return(camera_fb_t*) {
  if (--frames_out != 0) std::printf("a frame was not given back\n");
}

}  // extern "C"
