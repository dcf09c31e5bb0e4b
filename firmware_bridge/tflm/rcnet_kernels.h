// SPDX-License-Identifier: Apache-2.0
// Two kernels of our own for TensorFlow Lite Micro on an ESP32-S3.
//
// Espressif's SIMD kernels (esp-nn) for the ESP32-S3 fail on this network without a word:
//
//   DEPTHWISE_CONV_2D with stride 2 and SAME padding, on inputs of even size: the scratch buffer
//     that is asked for is that of one strip, what is written is the whole padded input (esp-nn
//     1.2.1 to 1.2.3; issues 30 and 31 are its neighbours). Replaced for every stride above 1, and
//     where channels are no multiple of 16, which esp-nn runs through large copies.
//   FULLY_CONNECTED with a scale for each output: wrong for inputs that are not 16-byte aligned
//     (esp-nn up to 1.2.5; issue 34).
//
// Here they are in portable C++, equal to the reference kernels bit for bit. All else stays with
// esp-nn: of the 127 million multiply-accumulates at 224 pixels, these take 5.
#ifndef RCNET_KERNELS_H_
#define RCNET_KERNELS_H_

#include "tensorflow/lite/micro/compatibility.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"

#ifdef ESP_PLATFORM
#include "sdkconfig.h"
#endif
#ifdef CONFIG_IDF_TARGET_ESP32S3
#define RCNET_ESP32_S3 1
#endif

namespace rcnet {

// Another resolver's operators, with these two kernels in place of its own. One at a time.
class SafeOps : public tflite::MicroOpResolver {
 public:
  // Public, or a compiler with exceptions, such as the Arduino IDE's, refuses `new (place) SafeOps`.
  TF_LITE_REMOVE_VIRTUAL_DELETE

  explicit SafeOps(const tflite::MicroOpResolver& others);

  const TFLMRegistration* FindOp(tflite::BuiltinOperator op) const override;
  const TFLMRegistration* FindOp(const char* op) const override { return others_.FindOp(op); }
  tflite::TfLiteBridgeBuiltinParseFunction GetOpDataParser(
      tflite::BuiltinOperator op) const override {
    return others_.GetOpDataParser(op);
  }

 private:
  const tflite::MicroOpResolver& others_;
  TFLMRegistration depthwise_;
  TFLMRegistration fully_connected_;
};

}  // namespace rcnet

#endif  // RCNET_KERNELS_H_
