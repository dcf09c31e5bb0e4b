#include "../../esp_idf/rcnet/include/camera_capture.h"
