// SPDX-License-Identifier: Apache-2.0
#include "rcnet_tflm.h"

#include <cstdarg>
#include <cstdio>
#include <new>

#include "tensorflow/lite/schema/schema_generated.h"

namespace rcnet {

namespace {

using model_settings::kInputChannels;
using model_settings::kInputSize;

constexpr std::size_t kAlignment = 16;

// Where not even its bookkeeping fits, TensorFlow Lite Micro does not refuse: it dereferences null,
// of a small network with as much as 85 % of kArenaSize. That is what 64-bit machines need; a 32-bit
// chip needs less, so that an arena a little below this might do there and is refused all the same.
constexpr std::size_t kLeastBytes = model_settings::kArenaSize / 8 * 7;

// What rcnet_camera writes is pixel - 128, and rcnet_top reads (value + 128) / 256.
static_assert(model_settings::kInputZeroPoint == 0 && model_settings::kInputScale == 1.0f / 128,
              "the model does not take pixel - 128; convert it with rcnet_tf.convert");
static_assert(model_settings::kOutputZeroPoint == -128 &&
                  model_settings::kOutputScale == 1.0f / 256,
              "the model does not end in an int8 softmax; convert it with rcnet_tf.convert");

bool IsAligned(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % kAlignment == 0;
}

bool Is(const TfLiteTensor* tensor, std::size_t bytes, float scale, int zero_point) {
  return tensor != nullptr && tensor->type == kTfLiteInt8 && tensor->bytes == bytes &&
         tensor->params.scale == scale && tensor->params.zero_point == zero_point;
}

}  // namespace

bool Tflm::Begin(std::uint8_t* arena, std::size_t bytes, Yield yield) {
  // No destructor runs: all that an interpreter owns is in its arena, which may be gone by now, and
  // the destructor would read it.
  interpreter_ = nullptr;
  if (arena == nullptr) {
    return Fail("no arena; %u bytes are needed", static_cast<unsigned>(kArenaBytes));
  }
  if (!IsAligned(arena) || !IsAligned(model_settings::kModelData)) {
    return Fail("arena at %p, model at %p; both must be at a multiple of %u",
                static_cast<void*>(arena), static_cast<const void*>(model_settings::kModelData),
                static_cast<unsigned>(kAlignment));
  }
  if (bytes < kLeastBytes) return TooSmall(bytes);
  const tflite::Model* model = tflite::GetModel(model_settings::kModelData);
  if (model->version() != TFLITE_SCHEMA_VERSION) {
    return Fail("model of schema %u, expected %u; convert it again",
                static_cast<unsigned>(model->version()),
                static_cast<unsigned>(TFLITE_SCHEMA_VERSION));
  }
  auto* ops = new (ops_) model_settings::OpResolver();
  if (model_settings::AddOps(*ops) != kTfLiteOk) {
    return Fail("an operator could not be registered; convert the model again");
  }
  const tflite::MicroOpResolver* resolver = ops;
#if RCNET_ESP32_S3
  resolver = new (safe_ops_) SafeOps(*ops);
#endif
  after_operator_.yield = yield;
  auto* made = new (place_)
      tflite::MicroInterpreter(model, *resolver, arena, bytes, nullptr, &after_operator_);
  if (made->AllocateTensors() != kTfLiteOk) {
    if (bytes < kArenaBytes) return TooSmall(bytes);
    return Fail("AllocateTensors failed with an arena of %u bytes; TensorFlow Lite Micro said why",
                static_cast<unsigned>(bytes));
  }
  if (!Check(*made)) return false;
  interpreter_ = made;
  error_[0] = '\0';
  return true;
}

bool Tflm::Check(tflite::MicroInterpreter& made) {
  constexpr std::size_t input_bytes = kInputSize * kInputSize * kInputChannels;
  if (!Is(made.input(0), input_bytes, model_settings::kInputScale,
          model_settings::kInputZeroPoint)) {
    return Fail("the model's input is not what its header says; copy both from one conversion");
  }
  if (!Is(made.output(0), model_settings::kClassCount, model_settings::kOutputScale,
          model_settings::kOutputZeroPoint)) {
    return Fail("the model's output is not what its header says; copy both from one conversion");
  }
  return true;
}

std::int8_t* Tflm::input() {
  return interpreter_ != nullptr ? interpreter_->input(0)->data.int8 : nullptr;
}

const std::int8_t* Tflm::Run() {
  if (interpreter_ == nullptr) return nullptr;
  const TfLiteStatus status = interpreter_->Invoke();
  if (status != kTfLiteOk) {
    Fail("Invoke failed with status %d; TensorFlow Lite Micro said why", static_cast<int>(status));
    return nullptr;
  }
  return interpreter_->output(0)->data.int8;
}

std::size_t Tflm::arena_used() const {
  return interpreter_ != nullptr ? interpreter_->arena_used_bytes() : 0;
}

bool Tflm::TooSmall(std::size_t bytes) {
  return Fail("arena of %u bytes is too small; %u are needed", static_cast<unsigned>(bytes),
              static_cast<unsigned>(kArenaBytes));
}

bool Tflm::Fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(error_, sizeof error_, format, arguments);
  va_end(arguments);
  return false;
}

}  // namespace rcnet
