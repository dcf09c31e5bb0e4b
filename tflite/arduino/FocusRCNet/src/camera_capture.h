// Pictures from a camera of esp32-camera, made into the model's input: under ESP-IDF and under
// Arduino. In a header, since only applications with a camera have esp_camera.h.
#ifndef CAMERA_CAPTURE_H_
#define CAMERA_CAPTURE_H_

#include <cstdint>

#include "console.h"
#include "esp_camera.h"
#include "esp_heap_caps.h"
#include "frame_to_image.h"

namespace rcnet {

// Settings of a camera, all but its pins.
inline camera_config_t CameraConfig() {
  camera_config_t config = {};
  config.xclk_freq_hz = 20000000;
  config.ledc_timer = LEDC_TIMER_0;
  config.ledc_channel = LEDC_CHANNEL_0;
  // RGB565 is as large, and its coarse steps change more decisions; see firmware_bridge/README.md.
  config.pixel_format = PIXFORMAT_YUV422;
  config.frame_size = FRAMESIZE_QVGA;
  config.fb_count = 1;
  config.grab_mode = CAMERA_GRAB_WHEN_EMPTY;
  const bool psram = heap_caps_get_total_size(MALLOC_CAP_SPIRAM) != 0;
  config.fb_location = psram ? CAMERA_FB_IN_PSRAM : CAMERA_FB_IN_DRAM;
  return config;
}

// False: it does not start, and the console has the reason.
inline bool StartCamera(const camera_config_t& config) {
  const esp_err_t error = esp_camera_init(&config);
  if (error == ESP_OK) return true;
  Say("camera: %s (0x%x); are these the board's pins?\n", esp_err_to_name(error),
      static_cast<unsigned>(error));
  return false;
}

// How esp32-camera lays pixels out: RGB565 with the high byte first, RGB888 with blue first.
inline bool LayoutOf(pixformat_t format, rcnet_camera_format* layout) {
  switch (format) {
    case PIXFORMAT_YUV422:
      *layout = RCNET_CAMERA_YUYV;
      return true;
    case PIXFORMAT_RGB565:
      *layout = RCNET_CAMERA_RGB565_BE;
      return true;
    case PIXFORMAT_RGB888:
      *layout = RCNET_CAMERA_BGR888;
      return true;
    case PIXFORMAT_GRAYSCALE:
      *layout = RCNET_CAMERA_GRAY8;
      return true;
    default:
      Say("camera: pixel format %d is not supported; choose PIXFORMAT_YUV422\n",
          static_cast<int>(format));
      return false;
  }
}

// Writes what the camera sees now, as FrameToImage does. False: the console has the reason.
inline bool CaptureImage(int size, std::int8_t* image) {
  // The frame that waits is from before the last inference.
  if (camera_fb_t* old = esp_camera_fb_get()) esp_camera_fb_return(old);
  camera_fb_t* captured = esp_camera_fb_get();
  if (captured == nullptr) {
    Say("camera: no frame\n");
    return false;
  }
  Frame frame = {captured->buf, captured->len, static_cast<int>(captured->width),
                 static_cast<int>(captured->height), RCNET_CAMERA_YUYV};
  const bool done = LayoutOf(captured->format, &frame.format) && FrameToImage(frame, size, image);
  esp_camera_fb_return(captured);
  return done;
}

}  // namespace rcnet

#endif  // CAMERA_CAPTURE_H_
