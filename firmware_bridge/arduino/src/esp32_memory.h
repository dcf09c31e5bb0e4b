#include "../../esp_idf/rcnet/include/esp32_memory.h"
