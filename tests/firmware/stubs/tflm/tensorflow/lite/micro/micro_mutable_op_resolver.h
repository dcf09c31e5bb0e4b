#ifndef STUB_TFLM_MICRO_MUTABLE_OP_RESOLVER_H_
#define STUB_TFLM_MICRO_MUTABLE_OP_RESOLVER_H_

#include "tensorflow/lite/micro/compatibility.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"

namespace tflite {
inline namespace micro {

// Method, registration, parser.
#define STUB_TFLM_OPERATORS(OPERATOR)                      \
  OPERATOR(Add, ADD, Add)                                  \
  OPERATOR(Conv2D, CONV_2D, Conv2D)                        \
  OPERATOR(DepthwiseConv2D, DEPTHWISE_CONV_2D, DepthwiseConv2D) \
  OPERATOR(FullyConnected, FULLY_CONNECTED, FullyConnected) \
  OPERATOR(Logistic, LOGISTIC, Logistic)                   \
  OPERATOR(Mean, MEAN, Reducer)                            \
  OPERATOR(Mul, MUL, Mul)                                  \
  OPERATOR(Rsqrt, RSQRT, Rsqrt)                            \
  OPERATOR(Softmax, SOFTMAX, Softmax)                      \
  OPERATOR(Sub, SUB, Sub)

#define DECLARE(method, name, parser) \
  TFLMRegistration Register_##name(); \
  TfLiteStatus Parse##parser(const Operator*, BuiltinDataAllocator*, void**);
STUB_TFLM_OPERATORS(DECLARE)
#undef DECLARE

template <unsigned int tOpCount>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  TF_LITE_REMOVE_VIRTUAL_DELETE

  explicit MicroMutableOpResolver() {}

  const TFLMRegistration* FindOp(BuiltinOperator op) const override {
    const int i = Find(op);
    return i < 0 ? nullptr : &registrations_[i];
  }
  const TFLMRegistration* FindOp(const char*) const override { return nullptr; }
  TfLiteBridgeBuiltinParseFunction GetOpDataParser(BuiltinOperator op) const override {
    const int i = Find(op);
    return i < 0 ? nullptr : parsers_[i];
  }

#define DEFINE(method, name, parser)                                                             \
  TfLiteStatus Add##method(const TFLMRegistration& registration = Register_##name()) {           \
    return AddBuiltin(BuiltinOperator_##name, registration, Parse##parser);                      \
  }
  STUB_TFLM_OPERATORS(DEFINE)
#undef DEFINE

  // Not in the real one: for tests.
  unsigned int size() const { return size_; }

 private:
  int Find(BuiltinOperator op) const {
    for (unsigned int i = 0; i < size_; i++) {
      if (registrations_[i].builtin_code == op) return static_cast<int>(i);
    }
    return -1;
  }

  TfLiteStatus AddBuiltin(BuiltinOperator op, const TFLMRegistration& registration,
                          TfLiteBridgeBuiltinParseFunction parser) {
    if (size_ >= tOpCount || Find(op) >= 0) return kTfLiteError;
    registrations_[size_] = registration;
    registrations_[size_].builtin_code = op;
    parsers_[size_++] = parser;
    return kTfLiteOk;
  }

  TFLMRegistration registrations_[tOpCount];
  TfLiteBridgeBuiltinParseFunction parsers_[tOpCount];
  unsigned int size_ = 0;
};

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_MICRO_MUTABLE_OP_RESOLVER_H_
