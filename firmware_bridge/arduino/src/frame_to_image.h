#include "../../esp_idf/rcnet/include/frame_to_image.h"
