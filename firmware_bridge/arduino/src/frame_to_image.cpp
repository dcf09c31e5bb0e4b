#include "../../esp_idf/rcnet/frame_to_image.cc"
