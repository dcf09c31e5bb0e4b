#ifndef STUB_TFLM_CONV_H_
#define STUB_TFLM_CONV_H_

#include "tensorflow/lite/c/builtin_op_data.h"

namespace tflite {
inline namespace micro {

struct OpDataConv {
  TfLitePaddingValues padding;
  std::int32_t input_zero_point;
  std::int32_t filter_zero_point;
  std::int32_t output_zero_point;
  std::int32_t output_multiplier;
  int output_shift;
  std::int32_t* per_channel_output_multiplier;
  std::int32_t* per_channel_output_shift;
  std::int32_t output_activation_min;
  std::int32_t output_activation_max;
  int filter_buffer_index;
};

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_CONV_H_
