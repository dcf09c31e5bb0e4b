#include "../../esp_idf/rcnet/console.cc"
