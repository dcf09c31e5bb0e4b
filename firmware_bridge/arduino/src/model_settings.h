#include "../../../tflite/model_settings.h"
