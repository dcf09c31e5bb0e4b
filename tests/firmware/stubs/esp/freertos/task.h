#ifndef STUB_FREERTOS_TASK_H_
#define STUB_FREERTOS_TASK_H_

#include "freertos/FreeRTOS.h"

#ifdef __cplusplus
extern "C"
#endif
void vTaskDelay(const TickType_t xTicksToDelay);

#endif  // STUB_FREERTOS_TASK_H_
