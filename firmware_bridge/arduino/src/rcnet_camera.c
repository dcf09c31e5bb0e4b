#include "../../camera/rcnet_camera.c"
