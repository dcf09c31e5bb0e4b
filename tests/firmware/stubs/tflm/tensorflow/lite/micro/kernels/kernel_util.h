#ifndef STUB_TFLM_KERNEL_UTIL_H_
#define STUB_TFLM_KERNEL_UTIL_H_

#include "tensorflow/lite/c/common.h"

namespace tflite {
inline namespace micro {

const TfLiteEvalTensor* GetEvalInput(const TfLiteContext* context, const TfLiteNode* node,
                                     int index);
TfLiteEvalTensor* GetEvalOutput(const TfLiteContext* context, const TfLiteNode* node, int index);

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_KERNEL_UTIL_H_
