#ifndef STUB_TFLM_MICRO_PROFILER_INTERFACE_H_
#define STUB_TFLM_MICRO_PROFILER_INTERFACE_H_

#include <cstdint>

namespace tflite {
inline namespace micro {

class MicroProfilerInterface {
 public:
  virtual ~MicroProfilerInterface() {}
  virtual std::uint32_t BeginEvent(const char* tag) = 0;
  virtual void EndEvent(std::uint32_t event_handle) = 0;
};

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_MICRO_PROFILER_INTERFACE_H_
