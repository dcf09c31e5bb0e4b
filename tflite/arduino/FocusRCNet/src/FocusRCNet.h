// Focus-RCNet on TensorFlow Lite Micro, for sketches on an ESP32 with PSRAM.
//
//     static rcnet::Tflm classifier;
//     if (!rcnet::Start(classifier)) ...
//     rcnet::FrameToImage(frame, model_settings::kInputSize, classifier.input());
//     const std::int8_t* output = classifier.Run();
//     rcnet_top(output, model_settings::kClassCount, 60, answers, 3);
#ifndef FOCUS_RCNET_H_
#define FOCUS_RCNET_H_

#include "console.h"
#include "esp32_memory.h"
#include "frame_to_image.h"
#include "known_picture.h"
#include "model_settings.h"
#include "rcnet_camera.h"
#include "rcnet_tflm.h"
#include "rcnet_top.h"
#include "start.h"

#endif  // FOCUS_RCNET_H_
