// A test picture from flash, instead of a camera.
#include "image_provider.h"

#include "frame_to_image.h"
#include "known_picture.h"

bool InitImageProvider() { return true; }

bool GetImage(int size, std::int8_t* image) {
  const rcnet::Frame frame = {known_picture::kPixels, sizeof known_picture::kPixels,
                              known_picture::kSize, known_picture::kSize, RCNET_CAMERA_RGB888};
  return rcnet::FrameToImage(frame, size, image);
}
