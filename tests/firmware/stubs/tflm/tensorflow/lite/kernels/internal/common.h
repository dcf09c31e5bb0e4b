#ifndef STUB_TFLM_INTERNAL_COMMON_H_
#define STUB_TFLM_INTERNAL_COMMON_H_

#include <cstdint>

namespace tflite {
inline namespace micro {

std::int32_t MultiplyByQuantizedMultiplier(std::int32_t x, std::int32_t quantized_multiplier,
                                           int shift);

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_INTERNAL_COMMON_H_
