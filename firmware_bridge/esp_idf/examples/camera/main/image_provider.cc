// Pictures from the board's camera.
#include "image_provider.h"

#include "camera_capture.h"
#include "sdkconfig.h"

bool InitImageProvider() {
  camera_config_t config = rcnet::CameraConfig();
  config.pin_pwdn = CONFIG_RCNET_PIN_PWDN;
  config.pin_reset = CONFIG_RCNET_PIN_RESET;
  config.pin_xclk = CONFIG_RCNET_PIN_XCLK;
  config.pin_sccb_sda = CONFIG_RCNET_PIN_SIOD;
  config.pin_sccb_scl = CONFIG_RCNET_PIN_SIOC;
  config.pin_d7 = CONFIG_RCNET_PIN_D7;
  config.pin_d6 = CONFIG_RCNET_PIN_D6;
  config.pin_d5 = CONFIG_RCNET_PIN_D5;
  config.pin_d4 = CONFIG_RCNET_PIN_D4;
  config.pin_d3 = CONFIG_RCNET_PIN_D3;
  config.pin_d2 = CONFIG_RCNET_PIN_D2;
  config.pin_d1 = CONFIG_RCNET_PIN_D1;
  config.pin_d0 = CONFIG_RCNET_PIN_D0;
  config.pin_vsync = CONFIG_RCNET_PIN_VSYNC;
  config.pin_href = CONFIG_RCNET_PIN_HREF;
  config.pin_pclk = CONFIG_RCNET_PIN_PCLK;
  return rcnet::StartCamera(config);
}

bool GetImage(int size, std::int8_t* image) { return rcnet::CaptureImage(size, image); }
