// SPDX-License-Identifier: Apache-2.0
#include "rcnet_kernels.h"

#include <type_traits>
#include <utility>

#include "tensorflow/lite/c/builtin_op_data.h"
#include "tensorflow/lite/kernels/internal/common.h"
#include "tensorflow/lite/micro/kernels/conv.h"
#include "tensorflow/lite/micro/kernels/fully_connected.h"
#include "tensorflow/lite/micro/kernels/kernel_util.h"

namespace rcnet {

namespace {

// A FULLY_CONNECTED that knows one scale alone gives wrong probabilities, and no error.
template <typename T, typename = void>
struct KnowsChannels : std::false_type {};
template <typename T>
struct KnowsChannels<T, decltype(void(std::declval<T>().is_per_channel))> : std::true_type {};
static_assert(KnowsChannels<tflite::OpDataFullyConnected>::value,
              "this TensorFlow Lite Micro has no per-channel FULLY_CONNECTED; take "
              "esp-tflite-micro 1.3.2 or newer, or the C99 engine of firmware_bridge/engine");

// Kernels are plain functions: what they stand in for has no other place.
TFLMRegistration theirs;

struct Tensors {
  const TfLiteEvalTensor* input;
  const TfLiteEvalTensor* weights;
  const TfLiteEvalTensor* bias;
  TfLiteEvalTensor* output;

  Tensors(TfLiteContext* context, TfLiteNode* node)
      : input(tflite::micro::GetEvalInput(context, node, 0)),
        weights(tflite::micro::GetEvalInput(context, node, 1)),
        bias(node->inputs->size > 2 ? tflite::micro::GetEvalInput(context, node, 2) : nullptr),
        output(tflite::micro::GetEvalOutput(context, node, 0)) {}

  bool AreInt8() const { return input->type == kTfLiteInt8 && weights->type == kTfLiteInt8; }
  std::int32_t Bias(int i) const { return bias == nullptr ? 0 : bias->data.i32[i]; }
};

std::int8_t Requantized(std::int32_t sum, std::int32_t multiplier, int shift,
                        std::int32_t zero_point, std::int32_t least, std::int32_t most) {
  const std::int32_t value =
      tflite::MultiplyByQuantizedMultiplier(sum, multiplier, shift) + zero_point;
  return static_cast<std::int8_t>(value < least ? least : value > most ? most : value);
}

// Whether esp-nn may not have a depthwise convolution, and this file can compute it.
bool IsOurs(const TfLiteDepthwiseConvParams& params, int channels) {
  const bool plain = params.depth_multiplier == 1 && params.dilation_width_factor == 1 &&
                     params.dilation_height_factor == 1;
  const bool fails =
      params.stride_width != 1 || params.stride_height != 1 || channels % 16 != 0;
  return plain && fails;
}

TfLiteStatus InvokeDepthwise(TfLiteContext* context, TfLiteNode* node) {
  const Tensors tensors(context, node);
  const auto& params = *static_cast<const TfLiteDepthwiseConvParams*>(node->builtin_data);
  const int channels = tensors.weights->dims->data[3];
  if (!IsOurs(params, channels)) return theirs.invoke(context, node);
  if (!tensors.AreInt8() || tensors.output->dims->data[0] != 1) return kTfLiteError;
  // Every port's own data begin with these.
  const auto& data = *static_cast<const tflite::OpDataConv*>(node->user_data);
  const int* in = tensors.input->dims->data;        // 1, height, width, channels
  const int* window = tensors.weights->dims->data;  // 1, height, width, channels
  const int* out = tensors.output->dims->data;      // 1, height, width, channels
  std::int8_t* to = tensors.output->data.int8;
  for (int y = 0; y < out[1]; y++) {
    for (int x = 0; x < out[2]; x++) {
      const int top = y * params.stride_height - data.padding.height;
      const int left = x * params.stride_width - data.padding.width;
      for (int c = 0; c < channels; c++) {
        std::int32_t sum = tensors.Bias(c);
        for (int i = top < 0 ? -top : 0; i < window[1] && top + i < in[1]; i++) {
          for (int j = left < 0 ? -left : 0; j < window[2] && left + j < in[2]; j++) {
            const int from = ((top + i) * in[2] + left + j) * channels + c;
            sum += (tensors.input->data.int8[from] - data.input_zero_point) *
                   tensors.weights->data.int8[(i * window[2] + j) * channels + c];
          }
        }
        *to++ = Requantized(sum, data.per_channel_output_multiplier[c],
                            static_cast<int>(data.per_channel_output_shift[c]),
                            data.output_zero_point, data.output_activation_min,
                            data.output_activation_max);
      }
    }
  }
  return kTfLiteOk;
}

TfLiteStatus InvokeFullyConnected(TfLiteContext* context, TfLiteNode* node) {
  const Tensors tensors(context, node);
  if (!tensors.AreInt8() || tensors.output->dims->data[0] != 1) return kTfLiteError;
  const auto& data = *static_cast<const tflite::OpDataFullyConnected*>(node->user_data);
  const int outputs = tensors.weights->dims->data[0];
  const int depth = tensors.weights->dims->data[1];
  const std::int8_t* weight = tensors.weights->data.int8;
  for (int o = 0; o < outputs; o++) {
    std::int32_t sum = tensors.Bias(o);
    for (int i = 0; i < depth; i++) {
      sum += (tensors.input->data.int8[i] - data.input_zero_point) *
             (*weight++ - data.filter_zero_point);
    }
    const bool many = data.is_per_channel;
    tensors.output->data.int8[o] = Requantized(
        sum, many ? data.per_channel_output_multiplier[o] : data.output_multiplier,
        many ? static_cast<int>(data.per_channel_output_shift[o]) : data.output_shift,
        data.output_zero_point, data.output_activation_min, data.output_activation_max);
  }
  return kTfLiteOk;
}

TFLMRegistration Registration(const tflite::MicroOpResolver& others, tflite::BuiltinOperator op) {
  const TFLMRegistration* found = others.FindOp(op);
  return found == nullptr ? TFLMRegistration{} : *found;
}

}  // namespace

SafeOps::SafeOps(const tflite::MicroOpResolver& others)
    : others_(others),
      depthwise_(Registration(others, tflite::BuiltinOperator_DEPTHWISE_CONV_2D)),
      fully_connected_(Registration(others, tflite::BuiltinOperator_FULLY_CONNECTED)) {
  theirs = depthwise_;
  depthwise_.invoke = InvokeDepthwise;
  fully_connected_.invoke = InvokeFullyConnected;
}

const TFLMRegistration* SafeOps::FindOp(tflite::BuiltinOperator op) const {
  const TFLMRegistration* found = others_.FindOp(op);
  if (found == nullptr) return nullptr;
  if (op == tflite::BuiltinOperator_DEPTHWISE_CONV_2D) return &depthwise_;
  if (op == tflite::BuiltinOperator_FULLY_CONNECTED) return &fully_connected_;
  return found;
}

}  // namespace rcnet
