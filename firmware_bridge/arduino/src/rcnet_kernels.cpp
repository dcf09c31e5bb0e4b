#include "../../tflm/rcnet_kernels.cc"
