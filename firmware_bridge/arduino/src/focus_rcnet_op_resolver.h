#include "../../../tflite/focus_rcnet_op_resolver.h"
