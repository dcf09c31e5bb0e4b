// Where the camera is connected: choose the board, or write its pins here.
#ifndef PINS_H_
#define PINS_H_

#include "esp_camera.h"
#include "sdkconfig.h"

#ifdef CONFIG_IDF_TARGET_ESP32S3
#define BOARD_S3_EYE 1
#else
#define BOARD_AI_THINKER 1
#endif

static void setPins(camera_config_t* config) {
#if BOARD_AI_THINKER  // ESP32-CAM
  config->pin_pwdn = 32;
  config->pin_reset = -1;
  config->pin_xclk = 0;
  config->pin_sccb_sda = 26;
  config->pin_sccb_scl = 27;
  config->pin_d7 = 35;
  config->pin_d6 = 34;
  config->pin_d5 = 39;
  config->pin_d4 = 36;
  config->pin_d3 = 21;
  config->pin_d2 = 19;
  config->pin_d1 = 18;
  config->pin_d0 = 5;
  config->pin_vsync = 25;
  config->pin_href = 23;
  config->pin_pclk = 22;
#elif BOARD_S3_EYE  // ESP32-S3-EYE
  config->pin_pwdn = -1;
  config->pin_reset = -1;
  config->pin_xclk = 15;
  config->pin_sccb_sda = 4;
  config->pin_sccb_scl = 5;
  config->pin_d7 = 16;
  config->pin_d6 = 17;
  config->pin_d5 = 18;
  config->pin_d4 = 12;
  config->pin_d3 = 10;
  config->pin_d2 = 8;
  config->pin_d1 = 9;
  config->pin_d0 = 11;
  config->pin_vsync = 6;
  config->pin_href = 7;
  config->pin_pclk = 13;
#endif
}

#endif  // PINS_H_
