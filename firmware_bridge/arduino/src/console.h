#include "../../esp_idf/rcnet/include/console.h"
