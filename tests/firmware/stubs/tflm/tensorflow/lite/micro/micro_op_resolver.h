#ifndef STUB_TFLM_MICRO_OP_RESOLVER_H_
#define STUB_TFLM_MICRO_OP_RESOLVER_H_

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace tflite {
inline namespace micro {

class BuiltinDataAllocator;

using TfLiteBridgeBuiltinParseFunction = TfLiteStatus (*)(const Operator* op,
                                                          BuiltinDataAllocator* allocator,
                                                          void** builtin_data);

class MicroOpResolver {
 public:
  virtual const TFLMRegistration* FindOp(BuiltinOperator op) const = 0;
  virtual const TFLMRegistration* FindOp(const char* op) const = 0;
  virtual TfLiteBridgeBuiltinParseFunction GetOpDataParser(BuiltinOperator op) const = 0;
  virtual ~MicroOpResolver() {}
};

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_MICRO_OP_RESOLVER_H_
