// Made by python -m rcnet_tf.convert: do not edit.
// A TensorFlow Lite model for TensorFlow Lite Micro, and its constants.
// SHA-256 of the .tflite: f82dfdd634ff85ee33524a1c0ddd86353c617e13527a0e55e8d8da67ed0c9536

#ifndef RCNET_TF_FOCUS_RCNET_MODEL_DATA_H_
#define RCNET_TF_FOCUS_RCNET_MODEL_DATA_H_

#include <cstddef>
#include <cstdint>

// The model, 16-byte aligned as the interpreter wants it.
extern const unsigned char g_focus_rcnet_model_data[];
constexpr std::size_t g_focus_rcnet_model_data_len = 612160;

namespace focus_rcnet {

// Input: int8, 1 x kInputSize x kInputSize x 3, RGB: pixel - 128 of the whole frame, resized by
// area average.
constexpr int kInputSize = 224;
constexpr int kInputChannels = 3;
constexpr float kInputScale = 0.0078125f;
constexpr std::int32_t kInputZeroPoint = 0;

// Output: int8, 1 x kClassCount: probability = (output - kOutputZeroPoint) * kOutputScale.
constexpr float kOutputScale = 0.00390625f;
constexpr std::int32_t kOutputZeroPoint = -128;
constexpr int kClassCount = 6;
extern const char* const kLabels[kClassCount];

// Kinds of operators, for MicroMutableOpResolver<kOpCount>; how often each occurs:
//   CONV_2D: 24
//   DEPTHWISE_CONV_2D: 22
//   MUL: 22
//   ADD: 15
//   MEAN: 9
//   LOGISTIC: 6
//   RSQRT: 4
//   SUB: 4
//   FULLY_CONNECTED: 1
//   SOFTMAX: 1
constexpr int kOpCount = 10;
extern const char* const kOpNames[kOpCount];

// Bytes of tensor arena to reserve: 970144 measured with tflite-micro, and 29280 of margin.
constexpr std::size_t kArenaSize = 999424;
// The same on an ESP32-S3, whose SIMD kernels take scratch buffers from the arena: estimated.
constexpr std::size_t kArenaSizeEsp32S3 = 1665024;

}  // namespace focus_rcnet

#endif  // RCNET_TF_FOCUS_RCNET_MODEL_DATA_H_
