#ifndef STUB_ESP_TIMER_H_
#define STUB_ESP_TIMER_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C"
#endif
int64_t esp_timer_get_time(void);

#endif  // STUB_ESP_TIMER_H_
