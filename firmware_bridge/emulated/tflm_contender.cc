// TensorFlow Lite Micro, with whatever kernels it is linked with.
//
// operators.h, from the .tflite, defines OPERATORS and ADD_OPERATORS; ARENA_BYTES is what it may use.
#include <cstring>

#include "operators.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

extern "C" {
#include "contender.h"

extern const unsigned char model[];
}

namespace {

alignas(16) uint8_t arena[ARENA_BYTES];
uint32_t arena_used;

using Resolver = tflite::MicroMutableOpResolver<OPERATORS>;

bool AddOperators(Resolver& resolver) {
#define ADD(method) && resolver.method() == kTfLiteOk
  return true ADD_OPERATORS(ADD);
#undef ADD
}

}  // namespace

extern "C" int contender_run(const int8_t* picture, int8_t* output) {
  Resolver resolver;
  if (!AddOperators(resolver)) return 1;
  tflite::MicroInterpreter interpreter(tflite::GetModel(model), resolver, arena, sizeof arena);
  if (interpreter.AllocateTensors() != kTfLiteOk) return 1;
  arena_used = interpreter.arena_used_bytes();
  std::memcpy(interpreter.input(0)->data.int8, picture, interpreter.input(0)->bytes);
  mark();
  if (interpreter.Invoke() != kTfLiteOk) return 1;
  mark();
  std::memcpy(output, interpreter.output(0)->data.int8, interpreter.output(0)->bytes);
  return 0;
}

extern "C" uint32_t contender_memory() { return arena_used; }
