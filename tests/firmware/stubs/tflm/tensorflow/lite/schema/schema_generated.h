#ifndef STUB_TFLM_SCHEMA_GENERATED_H_
#define STUB_TFLM_SCHEMA_GENERATED_H_

#include <cstdint>
#include <cstring>

namespace tflite {

struct Operator;

enum BuiltinOperator : std::int32_t {
  BuiltinOperator_ADD = 0,
  BuiltinOperator_CONV_2D = 3,
  BuiltinOperator_DEPTHWISE_CONV_2D = 4,
  BuiltinOperator_FULLY_CONNECTED = 9,
  BuiltinOperator_LOGISTIC = 14,
  BuiltinOperator_MUL = 18,
  BuiltinOperator_SOFTMAX = 25,
  BuiltinOperator_CUSTOM = 32,
  BuiltinOperator_MEAN = 40,
  BuiltinOperator_SUB = 41,
  BuiltinOperator_RSQRT = 76
};

// A flatbuffer's root table; its first field is the version.
struct Model {
  std::uint32_t version() const {
    const auto* table = reinterpret_cast<const unsigned char*>(this);
    std::int32_t to_fields;
    std::memcpy(&to_fields, table, sizeof to_fields);
    std::uint16_t at;
    std::memcpy(&at, table - to_fields + 4, sizeof at);
    std::uint32_t version;
    std::memcpy(&version, table + at, sizeof version);
    return at == 0 ? 0 : version;
  }
};

inline const Model* GetModel(const void* content) {
  const auto* start = static_cast<const unsigned char*>(content);
  std::uint32_t root;
  std::memcpy(&root, start, sizeof root);
  return reinterpret_cast<const Model*>(start + root);
}

}  // namespace tflite

#endif  // STUB_TFLM_SCHEMA_GENERATED_H_
