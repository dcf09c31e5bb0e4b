#include "../../../tflite/known_picture.h"
