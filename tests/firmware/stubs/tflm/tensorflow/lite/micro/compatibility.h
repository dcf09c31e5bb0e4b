#ifndef STUB_TFLM_COMPATIBILITY_H_
#define STUB_TFLM_COMPATIBILITY_H_

#define TF_LITE_REMOVE_VIRTUAL_DELETE \
  void operator delete(void*) {}

#endif  // STUB_TFLM_COMPATIBILITY_H_
