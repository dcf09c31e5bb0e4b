#include "../../tflm/rcnet_kernels.h"
