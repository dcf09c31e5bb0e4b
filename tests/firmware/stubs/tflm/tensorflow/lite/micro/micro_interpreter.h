#ifndef STUB_TFLM_MICRO_INTERPRETER_H_
#define STUB_TFLM_MICRO_INTERPRETER_H_

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"
#include "tensorflow/lite/schema/schema_generated.h"

#define TFLITE_SCHEMA_VERSION (3)

namespace tflite {
inline namespace micro {

class MicroResourceVariables;
enum class MemoryPlannerType { kGreedy, kLinear };

class MicroAllocator {
 public:
  static MicroAllocator* Create(std::uint8_t* arena, std::size_t bytes, MemoryPlannerType planner);
  std::size_t used_bytes() const;
};

class MicroInterpreter {
 public:
  MicroInterpreter(const Model* model, const MicroOpResolver& op_resolver,
                   std::uint8_t* tensor_arena, std::size_t tensor_arena_size,
                   MicroResourceVariables* resource_variables = nullptr,
                   MicroProfilerInterface* profiler = nullptr)
      : MicroInterpreter(Kept{MicroAllocator::Create(tensor_arena, tensor_arena_size,
                                                     MemoryPlannerType::kGreedy)},
                         model, op_resolver, resource_variables, profiler) {}
  MicroInterpreter(const Model* model, const MicroOpResolver& op_resolver,
                   MicroAllocator* allocator,
                   MicroResourceVariables* resource_variables = nullptr,
                   MicroProfilerInterface* profiler = nullptr);
  ~MicroInterpreter();

  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  TfLiteTensor* input(std::size_t index);
  TfLiteTensor* output(std::size_t index);
  std::size_t arena_used_bytes() const { return allocator_->used_bytes(); }

 private:
  struct Kept {
    MicroAllocator* allocator;
  };

  MicroInterpreter(Kept kept, const Model* model, const MicroOpResolver& op_resolver,
                   MicroResourceVariables* resource_variables, MicroProfilerInterface* profiler)
      : MicroInterpreter(model, op_resolver, kept.allocator, resource_variables, profiler) {
    allocator_ = kept.allocator;
  }

  // Room for what is really in it, and behind that a member of the stub's own.
  alignas(16) unsigned char members_[1024];
  MicroAllocator* allocator_;
};

}  // namespace micro
}  // namespace tflite

#endif  // STUB_TFLM_MICRO_INTERPRETER_H_
