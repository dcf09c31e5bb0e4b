#include "../../esp_idf/rcnet/esp32_memory.cc"
