#include "../../../tflite/known_picture.cc"
