// Where pictures come from: the first of the three functions to replace in an application.
#ifndef IMAGE_PROVIDER_H_
#define IMAGE_PROVIDER_H_

#include <cstdint>

// Get ready, once. False: the console has the reason.
bool InitImageProvider();

// Writes a picture as the model takes it, size x size x 3: red, green, blue; pixel - 128. The whole
// frame by exact area average, as in training; rcnet_camera.h does that.
//
// False: there is none, and the console has the reason.
bool GetImage(int size, std::int8_t* image);

#endif  // IMAGE_PROVIDER_H_
