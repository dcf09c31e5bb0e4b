// What to do with an answer: the second of the three functions to replace in an application. The
// third, model_settings.h, comes with the model.
#ifndef DETECTION_RESPONDER_H_
#define DETECTION_RESPONDER_H_

#include <cstdint>

// output: kClassCount values; probability = (value + 128) / 256.
// milliseconds: that the inference took.
void RespondToDetection(const std::int8_t* output, int milliseconds);

#endif  // DETECTION_RESPONDER_H_
