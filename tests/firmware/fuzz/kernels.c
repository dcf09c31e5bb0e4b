/* Convolutions with the wildest numbers that the generator lets pass, both ways of multiplying,
 * against their definition in 64 bits. */
#include "fuzz.h"
#include "kernels.h"

void packed_pointwise_row(const rcnet_pointwise *layer, const int8_t *input, size_t pixels,
                          void *packed, int8_t *output);

static int32_t multiplier(feed_t *feed) {
  const uint32_t word = feed_word(feed);
  return word % 16 == 0 ? 0 : (int32_t)(word >> 2 | UINT32_C(1) << 30);
}

/* Numbers for the arrays: the ends of int8 often, or noise. */
static int8_t value(unsigned kind, uint32_t *state) {
  const int8_t noise = next_noise(state);
  switch (kind % 4) {
    case 0: return noise;
    case 1: return noise < 0 ? -128 : 127;
    case 2: return -128;
    default: return 127;
  }
}

static int8_t weight(unsigned kind, uint32_t *state) {
  const int8_t found = value(kind, state);
  return found == -128 ? -127 : found;
}

/* A range, and the ending that the generator names it. */
static rcnet_ending ending(feed_t *feed) {
  rcnet_ending found = {(int8_t)feed_byte(feed), -128, 127, RCNET_FULL};
  const unsigned kind = feed_below(feed, 4);
  if (kind == 0) {
    found.low = (int8_t)feed_byte(feed);
    found.high = (int8_t)feed_byte(feed);
    if (found.low > found.high) found.low = -128;
  } else if (kind == 1) {
    found.zero = -128;
  }
  if (found.low != -128 || found.high != 127) found.how = RCNET_CLAMPED;
  else if (found.zero == -128) found.how = RCNET_RECTIFIED;
  return found;
}

/* x * multiplier * 2^-(31 + shift), rounded twice. */
static int64_t rescaled(int64_t x, int32_t factor, int shift) {
  if (shift < 0) x *= INT64_C(1) << -shift;
  const int64_t once = (x * factor + (1 << 30)) >> 31;
  if (shift <= 0) return once;
  const int64_t half = (INT64_C(1) << shift) >> 1;
  return once < 0 ? -((-once + half) >> shift) : (once + half) >> shift;
}

static int8_t ended(int64_t sum, int32_t factor, int shift, rcnet_ending by) {
  const int64_t y = rescaled(sum, factor, shift) + by.zero;
  return (int8_t)(y < by.low ? by.low : y > by.high ? by.high : y);
}

/* The largest bias beside which sums of these weights fit 32 bits, see `bias_of` in layers.py. */
static int32_t bias(feed_t *feed, const int8_t *weights, size_t count, size_t step) {
  int64_t room = INT32_MAX - (1 << 24);
  for (size_t i = 0; i < count; i++) room -= 128 * labs(weights[i * step]);
  return (int32_t)(feed_word(feed) % (2 * (uint64_t)room) - (uint64_t)room) >> feed_below(feed, 24);
}

/* Above 0, a factor of 2^-shift; below, as much as the sum has room for. */
static int right_shift(feed_t *feed, int64_t most) {
  int shift = (int)feed_below(feed, 36) - 4;
  while (shift < 0 && most << -shift > INT32_MAX) shift++;
  return shift > 31 ? 31 : shift;
}

void fuzz_pointwise(feed_t *feed) {
  const size_t inputs = 1 + feed_below(feed, 8) * (size_t)(1 + feed_below(feed, 64)); /* to 449 */
  const size_t outputs = 2 * (1 + (size_t)feed_below(feed, 3)), pixels = 1 + feed_below(feed, 13);
  const size_t depth = (inputs + 3) / 4 * 4;
  const unsigned kinds = feed_byte(feed);
  uint32_t state = feed_word(feed);
  int8_t *weights = exactly(outputs * depth, 0), *input = exactly(inputs * pixels, 0);
  int8_t table[256];
  rcnet_output ends[6];
  for (size_t o = 0; o < outputs; o++) {
    int8_t *own = weights + o / 2 * 2 * depth + o % 2;
    int32_t total = 0, size = 0;
    for (size_t i = 0; i < inputs; i++) {
      own[2 * i] = weight(kinds, &state);
      total += own[2 * i];
      size += abs(own[2 * i]);
    }
    ends[o].bias = bias(feed, own, inputs, 2);
    ends[o].offset = (1 << 23) - 128 * total;
    ends[o].multiplier = multiplier(feed);
    ends[o].shift = right_shift(feed, labs(ends[o].bias) + 128 * (int64_t)size);
  }
  for (size_t i = 0; i < inputs * pixels; i++) input[i] = value(kinds / 4, &state);
  for (size_t i = 0; i < sizeof table; i++) table[i] = next_noise(&state);
  const rcnet_pointwise layer = {
      .weights = weights, .output = ends, .table = kinds & 128 ? table : 0,
      .inputs = (uint16_t)inputs, .depth = (uint16_t)depth, .outputs = (uint16_t)outputs,
      .ending = ending(feed)};

  int8_t *rows[2];
  for (int way = 0; way < 2; way++) {
    void *scratch = exactly(RCNET_PACKED_BYTES(depth), 0xA5);
    rows[way] = exactly(outputs * pixels + (pixels < 4 ? RCNET_SLACK : 0), 0);
    (way ? packed_pointwise_row : rcnet_pointwise_row)(&layer, input, pixels, scratch, rows[way]);
    free(scratch);
  }
  for (size_t o = 0; o < outputs; o++)
    for (size_t x = 0; x < pixels; x++) {
      int64_t sum = ends[o].bias;
      for (size_t i = 0; i < inputs; i++)
        sum += input[i * pixels + x] * weights[(o / 2 * depth + i) * 2 + o % 2];
      int8_t y = ended(sum, ends[o].multiplier, ends[o].shift, layer.ending);
      if (layer.table) y = table[(uint8_t)y];
      CHECK(rows[0][o * pixels + x] == y);
      CHECK(rows[1][o * pixels + x] == y);
    }
  for (int way = 0; way < 2; way++) free(rows[way]);
  free(weights);
  free(input);
}

/* Half or less, as the generator makes the scales of a sum's operands. */
static rcnet_rescale operand(feed_t *feed) {
  const rcnet_rescale found = {multiplier(feed), -(int32_t)feed_below(feed, 31)};
  return found;
}

static int8_t summed(const rcnet_sum *sum, int8_t left, int8_t right) {
  const int64_t a = rescaled((left - sum->left_zero) * INT64_C(1048576), sum->left.multiplier,
                             -sum->left.shift);
  const int64_t b = rescaled((right - sum->right_zero) * INT64_C(1048576), sum->right.multiplier,
                             -sum->right.shift);
  const rcnet_ending full = {sum->zero, -128, 127, RCNET_FULL};
  return ended(a + b, sum->result.multiplier, -sum->result.shift, full);
}

void fuzz_depthwise(feed_t *feed) {
  enum { MOST_CHANNELS = 3 };
  const size_t channels = 1 + feed_below(feed, MOST_CHANNELS), width = 1 + feed_below(feed, 21);
  const unsigned kinds = feed_byte(feed), stride = 1 + (kinds >> 4 & 1);
  const size_t out = (width + stride - 1) / stride;
  const size_t pad = ((out - 1) * stride + 3 - width) / 2;
  uint32_t state = feed_word(feed);
  int8_t weights[9 * MOST_CHANNELS], shift[MOST_CHANNELS], table[256];
  int32_t biases[MOST_CHANNELS], multipliers[MOST_CHANNELS];
  for (size_t c = 0; c < channels; c++) {
    int64_t most = 0;
    for (size_t i = 0; i < 9; i++) {
      weights[9 * c + i] = weight(kinds, &state);
      most += 128 * labs(weights[9 * c + i]);
    }
    biases[c] = bias(feed, weights + 9 * c, 9, 1);
    multipliers[c] = multiplier(feed);
    shift[c] = (int8_t)right_shift(feed, labs(biases[c]) + most);
  }
  for (size_t i = 0; i < sizeof table; i++) table[i] = next_noise(&state);
  const rcnet_depthwise layer = {
      .weights = weights, .bias = biases, .multiplier = multipliers, .shift = shift,
      .table = kinds & 128 ? table : 0, .channels = (uint16_t)channels, .stride = (uint8_t)stride,
      .pad = (uint8_t)pad, .input_zero = (int8_t)feed_byte(feed), .ending = ending(feed)};
  rcnet_sum sum = {.left = operand(feed), .right = operand(feed)};
  sum.result.multiplier = multiplier(feed);
  sum.result.shift = -2 - (int32_t)feed_below(feed, 21);
  sum.left_zero = (int8_t)feed_byte(feed);
  sum.right_zero = (int8_t)feed_byte(feed);
  sum.zero = (int8_t)feed_byte(feed);
  sum.table = kinds & 64 ? table : 0;
  const int has_sum = kinds >> 5 & 1;

  /* Three rows, one of which may be the padding that all channels share. */
  rcnet_row rows[3];
  int8_t *blocks[3];
  const unsigned padding = feed_below(feed, 4);
  for (unsigned r = 0; r < 3; r++) {
    rows[r].step = r == padding ? 0 : width;
    const size_t bytes = r == padding ? width : width * channels;
    blocks[r] = exactly(bytes, layer.input_zero);
    if (r != padding)
      for (size_t i = 0; i < bytes; i++) blocks[r][i] = value(kinds / 4, &state);
    rows[r].values = blocks[r];
  }
  int8_t *before = exactly(out * channels, 0), *output = exactly(out * channels, 0);
  for (size_t i = 0; i < out * channels; i++) before[i] = value(kinds / 4, &state);
  memcpy(output, before, out * channels);
  int32_t sums[512];
  rcnet_sum_tables(&sum, sums);
  rcnet_depthwise_row(&layer, rows, width, out, has_sum ? &sum : 0, has_sum ? sums : 0, output);

  for (size_t c = 0; c < channels; c++)
    for (size_t x = 0; x < out; x++) {
      int64_t total = biases[c];
      for (size_t k = 0; k < 9; k++) {
        const size_t from = stride * x + k % 3 - pad; /* wraps round left of the row */
        const rcnet_row *row = &rows[k / 3];
        const int8_t seen = from < width ? row->values[c * row->step + from] : layer.input_zero;
        total += seen * weights[9 * c + k];
      }
      int8_t y = ended(total, multipliers[c], shift[c], layer.ending);
      if (has_sum) y = summed(&sum, before[c * out + x], y);
      const int8_t *then = has_sum ? sum.table : layer.table;
      if (then) y = then[(uint8_t)y];
      CHECK(output[c * out + x] == y);
    }
  for (int r = 0; r < 3; r++) free(blocks[r]);
  free(before);
  free(output);
}
