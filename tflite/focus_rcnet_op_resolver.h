// Made by python -m rcnet_tf.convert: do not edit.
// The operators of a model for TensorFlow Lite Micro: no more, no fewer.
// SHA-256 of the .tflite: f82dfdd634ff85ee33524a1c0ddd86353c617e13527a0e55e8d8da67ed0c9536

#ifndef RCNET_TF_FOCUS_RCNET_OP_RESOLVER_H_
#define RCNET_TF_FOCUS_RCNET_OP_RESOLVER_H_

#include "focus_rcnet_model_data.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace focus_rcnet {

using OpResolver = tflite::MicroMutableOpResolver<10>;
static_assert(kOpCount == 10, "focus_rcnet_model_data.h is from another conversion: copy both");

// Registers all of them, once; the first failure, if any, is returned.
inline TfLiteStatus AddOps(OpResolver& resolver) {
  TF_LITE_ENSURE_STATUS(resolver.AddAdd());
  TF_LITE_ENSURE_STATUS(resolver.AddConv2D());
  TF_LITE_ENSURE_STATUS(resolver.AddDepthwiseConv2D());
  TF_LITE_ENSURE_STATUS(resolver.AddFullyConnected());
  TF_LITE_ENSURE_STATUS(resolver.AddLogistic());
  TF_LITE_ENSURE_STATUS(resolver.AddMean());
  TF_LITE_ENSURE_STATUS(resolver.AddMul());
  TF_LITE_ENSURE_STATUS(resolver.AddRsqrt());
  TF_LITE_ENSURE_STATUS(resolver.AddSoftmax());
  TF_LITE_ENSURE_STATUS(resolver.AddSub());
  return kTfLiteOk;
}

}  // namespace focus_rcnet

#endif  // RCNET_TF_FOCUS_RCNET_OP_RESOLVER_H_
