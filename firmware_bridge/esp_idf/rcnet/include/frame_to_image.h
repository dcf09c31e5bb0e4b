// A camera's frame in memory, made into the model's input: under ESP-IDF and under Arduino.
#ifndef FRAME_TO_IMAGE_H_
#define FRAME_TO_IMAGE_H_

#include <cstddef>
#include <cstdint>

#include "rcnet_camera.h"

namespace rcnet {

// A frame as it lies in memory, line by line.
struct Frame {
  const std::uint8_t* pixels;
  std::size_t bytes;
  int width, height;
  rcnet_camera_format format;
};

// Stretches the whole frame to size x size x 3 by exact area average: red, green, blue; pixel - 128.
// `size` is the model's, model_settings::kInputSize.
//
// One at a time, not from two tasks at once: every call uses the same sums.
//
// False: it cannot be, and the console has the reason.
bool FrameToImage(const Frame& frame, int size, std::int8_t* image);

}  // namespace rcnet

#endif  // FRAME_TO_IMAGE_H_
