// One console for ESP-IDF and Arduino, where printf does not reach every board's USB port.
#ifndef CONSOLE_H_
#define CONSOLE_H_

namespace rcnet {

// Like printf; lines of up to 255 characters.
void Say(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace rcnet

#endif  // CONSOLE_H_
