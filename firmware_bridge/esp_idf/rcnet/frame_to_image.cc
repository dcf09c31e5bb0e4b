#include "frame_to_image.h"

#include <cstdint>

#include "console.h"
#include "model_settings.h"

namespace rcnet {

namespace {

struct Lines {
  const std::uint8_t* first;
  std::size_t bytes;
};

const void* Line(void* user, int y) {
  const auto* lines = static_cast<const Lines*>(user);
  return lines->first + static_cast<std::size_t>(y) * lines->bytes;
}

bool Fits(int side) { return side >= 1 && side <= UINT16_MAX; }

bool Fail(const char* reason) {
  Say("rcnet: frame not used: %s\n", reason);
  return false;
}

}  // namespace

bool FrameToImage(const Frame& frame, int size, std::int8_t* image) {
  static std::uint32_t sums[RCNET_CAMERA_BYTES(model_settings::kInputSize) / sizeof(std::uint32_t)];
  if (image == nullptr || frame.pixels == nullptr) return Fail("null pointer");
  if (!Fits(frame.width) || !Fits(frame.height)) return Fail("its sides are not 1 to 65535 pixels");
  if (!Fits(size)) return Fail("size is not 1 to 65535 pixels");

  rcnet_camera_setup setup = {};
  setup.format = frame.format;
  setup.width = static_cast<std::uint16_t>(frame.width);
  setup.height = static_cast<std::uint16_t>(frame.height);
  setup.size = static_cast<std::uint16_t>(size);
  rcnet_camera camera;
  const rcnet_camera_status status = rcnet_camera_init(&camera, &setup, sums, sizeof sums);
  if (status != RCNET_CAMERA_OK) return Fail(rcnet_camera_status_text(status));
  Lines lines = {frame.pixels, rcnet_camera_line_bytes(&setup)};
  // Their product may be too large for a size_t.
  if (frame.bytes / lines.bytes < setup.height) return Fail("it is cut off");
  rcnet_camera_reader reader = {&camera, Line, &lines, nullptr};
  for (int y = 0; y < size; y++, image += 3 * size) {
    if (rcnet_camera_read_row(&reader, y, image) != 0) return Fail("it has too few lines");
  }
  return true;
}

}  // namespace rcnet
