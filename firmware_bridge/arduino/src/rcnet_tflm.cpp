#include "../../tflm/rcnet_tflm.cc"
