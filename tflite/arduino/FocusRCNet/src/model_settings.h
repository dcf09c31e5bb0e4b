// Made by python -m rcnet_tf.convert: do not edit.
// The model that the firmware runs, under names that do not depend on its own.

#ifndef RCNET_TF_MODEL_SETTINGS_H_
#define RCNET_TF_MODEL_SETTINGS_H_

#include "focus_rcnet_model_data.h"
#include "focus_rcnet_op_resolver.h"

namespace model_settings {

using namespace focus_rcnet;

constexpr const unsigned char* kModelData = g_focus_rcnet_model_data;

}  // namespace model_settings

#endif  // RCNET_TF_MODEL_SETTINGS_H_
