#include "../../camera/rcnet_top.h"
