#ifndef STUB_ARDUINO_H_
#define STUB_ARDUINO_H_

#include <cstdio>
#include <cstring>

#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

class HardwareSerial {
 public:
  void begin(unsigned long) {}
  std::size_t print(const char* text) {
    std::printf("serial: %s", text);
    return std::strlen(text);
  }
};

inline HardwareSerial Serial;

unsigned long millis();
void delay(unsigned int milliseconds);

void setup();
void loop();

#endif  // STUB_ARDUINO_H_
