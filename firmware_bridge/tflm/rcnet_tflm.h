// SPDX-License-Identifier: Apache-2.0
// rcnet_tflm: a generated model on TensorFlow Lite Micro, with every status looked at.
//
// It runs the model of model_settings.h, which `python -m rcnet_tf.convert --int8` writes beside the
// C array. Nothing here belongs to a board: memory comes from the caller, and what goes wrong is one
// line of text in `error`.
//
//     static rcnet::Tflm classifier;
//     if (!classifier.Begin(arena, arena_bytes, Yield)) puts(classifier.error());
//     fill(classifier.input());            size x size x 3: red, green, blue; pixel - 128
//     const int8_t* output = classifier.Run();      or nullptr; (output[i] + 128) / 256
#ifndef RCNET_TFLM_H_
#define RCNET_TFLM_H_

#include <cstddef>
#include <cstdint>

#include "model_settings.h"
#include "rcnet_kernels.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_profiler_interface.h"

namespace rcnet {

// Called after every operator: an inference takes seconds, and a watchdog watches. Not if TensorFlow
// Lite Micro was compiled with TF_LITE_STRIP_ERROR_STRINGS, which takes its profiler away.
using Yield = void (*)();

// Bytes to give to Begin on this chip.
#if RCNET_ESP32_S3
constexpr std::size_t kArenaBytes = model_settings::kArenaSizeEsp32S3;
#else
constexpr std::size_t kArenaBytes = model_settings::kArenaSize;
#endif

class Tflm {
 public:
  Tflm() = default;
  // The interpreter points into the object.
  Tflm(const Tflm&) = delete;
  Tflm& operator=(const Tflm&) = delete;

  // Lays the model out in the arena, which stays in use until Begin is called again.
  //
  // arena: at a multiple of 16.
  // yield: may be null.
  //
  // False: nothing can be run; `error` says why. It may be called again, say with a larger arena;
  // the one before may be gone by then.
  bool Begin(std::uint8_t* arena, std::size_t bytes, Yield yield = nullptr);

  // Where the picture goes. The model's own memory: every run overwrites it.
  std::int8_t* input();

  // Classifies the picture: kClassCount values, valid until the next run, or null; see `error`.
  const std::int8_t* Run();

  // Bytes of the arena that the model uses.
  std::size_t arena_used() const;

  // The last failure, in one line.
  const char* error() const { return error_; }

 private:
  // TensorFlow Lite Micro tells its profiler of every operator, and nobody else.
  class AfterOperator : public tflite::MicroProfilerInterface {
   public:
    std::uint32_t BeginEvent(const char*) override { return 0; }
    void EndEvent(std::uint32_t) override {
      if (yield != nullptr) yield();
    }
    Yield yield = nullptr;
    TF_LITE_REMOVE_VIRTUAL_DELETE
  };

  bool Check(tflite::MicroInterpreter& made);
  bool TooSmall(std::size_t bytes);
  bool Fail(const char* format, ...) __attribute__((format(printf, 2, 3)));

  AfterOperator after_operator_;
  // Made in place by Begin.
  alignas(model_settings::OpResolver) unsigned char ops_[sizeof(model_settings::OpResolver)];
#if RCNET_ESP32_S3
  alignas(SafeOps) unsigned char safe_ops_[sizeof(SafeOps)];
#endif
  alignas(tflite::MicroInterpreter) unsigned char place_[sizeof(tflite::MicroInterpreter)];
  tflite::MicroInterpreter* interpreter_ = nullptr;  // null: nothing can be run
  char error_[200] = "Begin was not called";
};

}  // namespace rcnet

#endif  // RCNET_TFLM_H_
