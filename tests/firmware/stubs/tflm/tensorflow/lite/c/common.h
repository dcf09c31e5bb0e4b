#ifndef STUB_TFLM_COMMON_H_
#define STUB_TFLM_COMMON_H_

#include <cstddef>
#include <cstdint>

namespace tflite {
inline namespace micro {

enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };
enum TfLiteType { kTfLiteNoType = 0, kTfLiteFloat32 = 1, kTfLiteInt32 = 2, kTfLiteInt8 = 9 };

struct TfLiteIntArray {
  int size;
  int data[];
};

union TfLitePtrUnion {
  std::int32_t* i32;
  std::int8_t* int8;
  void* data;
};

struct TfLiteQuantizationParams {
  float scale;
  std::int32_t zero_point;
};

struct TfLiteQuantization {
  int type;
  void* params;
};

struct TfLiteTensor {
  TfLiteQuantization quantization;
  TfLiteQuantizationParams params;
  TfLitePtrUnion data;
  TfLiteIntArray* dims;
  std::size_t bytes;
  TfLiteType type;
};

struct TfLiteEvalTensor {
  TfLitePtrUnion data;
  TfLiteIntArray* dims;
  TfLiteType type;
};

struct TfLiteNode {
  TfLiteIntArray* inputs;
  TfLiteIntArray* outputs;
  TfLiteIntArray* intermediates;
  void* user_data;
  void* builtin_data;
};

struct TfLiteContext;

struct TFLMRegistration {
  void* (*init)(TfLiteContext* context, const char* buffer, std::size_t length);
  void (*free)(TfLiteContext* context, void* buffer);
  TfLiteStatus (*prepare)(TfLiteContext* context, TfLiteNode* node);
  TfLiteStatus (*invoke)(TfLiteContext* context, TfLiteNode* node);
  void (*reset)(TfLiteContext* context, void* buffer);
  std::int32_t builtin_code;
  const char* custom_name;
};

}  // namespace micro
}  // namespace tflite

using namespace tflite::micro;

#define TF_LITE_ENSURE_STATUS(a)       \
  do {                                 \
    const TfLiteStatus s = (a);        \
    if (s != kTfLiteOk) {              \
      return s;                        \
    }                                  \
  } while (0)

#endif  // STUB_TFLM_COMMON_H_
