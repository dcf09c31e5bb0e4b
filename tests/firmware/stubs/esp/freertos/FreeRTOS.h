#ifndef STUB_FREERTOS_H_
#define STUB_FREERTOS_H_

#include <stdint.h>

typedef uint32_t TickType_t;

// At the 100 Hz that ESP-IDF starts with.
#define pdMS_TO_TICKS(milliseconds) ((TickType_t)((milliseconds) / 10))

#endif  // STUB_FREERTOS_H_
