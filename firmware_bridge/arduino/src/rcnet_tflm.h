#include "../../tflm/rcnet_tflm.h"
