/* The other way of multiplying, under names of its own, beside the one that this machine takes. */
#define RCNET_PACKED 1
#define rcnet_pointwise_row packed_pointwise_row
#define rcnet_stem_row packed_stem_row
#define rcnet_lookup packed_lookup
#include "pointwise.c"
