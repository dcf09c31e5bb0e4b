// From nothing to a classifier that is ready: under ESP-IDF and under Arduino.
#ifndef START_H_
#define START_H_

#include "rcnet_tflm.h"

namespace rcnet {

// Gives the classifier an arena from the heap, and tells the console how that went. False: it cannot
// run, and the console has the reason.
bool Start(Tflm& classifier);

}  // namespace rcnet

#endif  // START_H_
