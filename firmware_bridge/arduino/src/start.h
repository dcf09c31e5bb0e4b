#include "../../esp_idf/rcnet/include/start.h"
