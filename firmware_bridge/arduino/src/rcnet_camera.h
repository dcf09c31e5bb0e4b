#include "../../camera/rcnet_camera.h"
