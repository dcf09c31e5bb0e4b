// Made by python -m rcnet_tf.convert: do not edit.
// A test picture, and what the model makes of it.
// SHA-256 of the .tflite: f82dfdd634ff85ee33524a1c0ddd86353c617e13527a0e55e8d8da67ed0c9536

#ifndef RCNET_TF_KNOWN_PICTURE_H_
#define RCNET_TF_KNOWN_PICTURE_H_

#include <cstdint>

namespace known_picture {

// kSize x kSize pixels, row by row: red, green, blue, 0 to 255.
constexpr int kSize = 224;
extern const std::uint8_t kPixels[150528];

// Its class, -1 if unknown, and the int8 output of TensorFlow Lite Micro's reference kernels.
constexpr int kLabel = 0;
constexpr int kClassCount = 6;
extern const std::int8_t kOutput[kClassCount];

extern const char* const kName;

}  // namespace known_picture

#endif  // RCNET_TF_KNOWN_PICTURE_H_
