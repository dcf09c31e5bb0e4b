#include "../../camera/rcnet_top.c"
