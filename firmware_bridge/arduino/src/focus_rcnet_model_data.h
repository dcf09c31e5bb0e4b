#include "../../../tflite/focus_rcnet_model_data.h"
