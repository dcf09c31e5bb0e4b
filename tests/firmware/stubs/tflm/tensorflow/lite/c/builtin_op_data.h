#ifndef STUB_TFLM_BUILTIN_OP_DATA_H_
#define STUB_TFLM_BUILTIN_OP_DATA_H_

#include "tensorflow/lite/c/common.h"

namespace tflite {
inline namespace micro {

struct TfLiteDepthwiseConvParams {
  int padding;
  int stride_width;
  int stride_height;
  int depth_multiplier;
  int activation;
  int dilation_width_factor;
  int dilation_height_factor;
};

struct TfLitePaddingValues {
  int width;
  int height;
  int width_offset;
  int height_offset;
};

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_BUILTIN_OP_DATA_H_
