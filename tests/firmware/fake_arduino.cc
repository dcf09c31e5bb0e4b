// The Arduino core's main program, on the board of fake_esp.cc.
#include <Arduino.h>

#include "esp_timer.h"

unsigned long millis() { return static_cast<unsigned long>(esp_timer_get_time() / 1000); }

void delay(unsigned int milliseconds) { vTaskDelay(pdMS_TO_TICKS(milliseconds)); }

extern "C" void app_main() {
  setup();
  while (true) loop();
}
