#include "console.h"

#include <cstdarg>
#include <cstdio>

#ifdef ARDUINO
#include <Arduino.h>
#endif

namespace rcnet {

void Say(const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
#ifdef ARDUINO
  Serial.print(text);
#else
  std::fputs(text, stdout);
#endif
}

}  // namespace rcnet
