#include "../../esp_idf/rcnet/start.cc"
