/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and schedule: which row is made when, and where it lies.
 *
 * The feature map between two blocks lies in slots of one size, a row in each. A block reads its
 * rows from there and writes its own over those that it has used up; so does the first one with the
 * rows of the picture. Inside a block there are rings of three rows, and single rows.
 */
#include <string.h>

#include "fixed.h"
#include "kernels.h"

typedef struct {
  const rcnet *net;
  const rcnet_model *model;
  const rcnet_hooks *hooks;
  int done; /* steps */
} run_t;

static int known(rcnet_input input) {
  return input == RCNET_IMAGE || input == RCNET_ROWS;
}

size_t rcnet_work_memory(const rcnet_model *model, rcnet_input input) {
  return model && known(input) ? model->work[input] : 0;
}

size_t rcnet_memory(const rcnet_model *model, rcnet_input input) {
  if (!model || !known(input)) return 0;
  return model->work[input] + (size_t)model->slots[input] * model->slot_bytes;
}

/* Fill the chunks with the feature map's slots, one of them after the work area. Returns how many
 * slots found no place. */
static size_t lay_out(rcnet *net, const rcnet_chunk *chunks, size_t count, size_t host) {
  const rcnet_model *model = net->model;
  size_t missing = model->slots[net->input];
  for (size_t i = 0; i < count; i++) {
    uint8_t *start = chunks[i].start;
    size_t bytes = chunks[i].bytes, skip = (4 - ((uintptr_t)start & 3)) & 3;
    size_t taken = skip + (i == host ? model->work[net->input] : 0);
    if (i == host) net->work = start + skip;
    size_t slots = taken < bytes ? (bytes - taken) / model->slot_bytes : 0;
    if (slots > missing) slots = missing;
    net->part[i].start = (int8_t *)start + (slots ? taken : 0);
    net->part[i].slots = (uint16_t)slots;
    missing -= slots;
  }
  return missing;
}

rcnet_status rcnet_init(rcnet *net, const rcnet_model *model, rcnet_input input,
                        const rcnet_chunk *chunks, size_t count) {
  if (!net) return RCNET_BAD_ARGUMENT;
  memset(net, 0, sizeof *net); /* until all is well, so that nothing runs without memory */
  if (!model || !chunks || count == 0 || count > RCNET_MAX_CHUNKS || !known(input))
    return RCNET_BAD_ARGUMENT;
  for (size_t i = 0; i < count; i++)
    if (!chunks[i].start) return RCNET_BAD_ARGUMENT;
  net->model = model;
  net->input = input;
  for (size_t host = 0; host < count; host++) {
    size_t skip = (4 - ((uintptr_t)chunks[host].start & 3)) & 3;
    if (chunks[host].bytes >= skip + model->work[input] &&
        lay_out(net, chunks, count, host) == 0)
      return RCNET_OK;
  }
  net->model = 0;
  return RCNET_NO_MEMORY;
}

int8_t *rcnet_slot(const rcnet *net, unsigned y) {
  size_t i = 0;
  while (y >= net->part[i].slots) y -= net->part[i++].slots;
  return net->part[i].start + (size_t)y * net->model->slot_bytes;
}

int8_t *rcnet_image_row(const rcnet *net, int y) {
  if (!net || !net->model || net->input != RCNET_IMAGE || y < 0 || y >= net->model->size) return 0;
  unsigned rows = net->model->slot_rows, row = (unsigned)y;
  return rcnet_slot(net, row / rows) + (size_t)(row % rows) * 3 * net->model->size;
}

static rcnet_status step(run_t *run) {
  run->done++;
  const rcnet_hooks *hooks = run->hooks;
  if (!hooks || !hooks->yield) return RCNET_OK;
  return hooks->yield(hooks->user, run->done, run->model->yields) ? RCNET_STOPPED : RCNET_OK;
}

static void trace(const run_t *run, unsigned layer, unsigned y, const int8_t *row, size_t width,
                  size_t channels) {
  const rcnet_hooks *hooks = run->hooks;
  if (hooks && hooks->trace)
    hooks->trace(hooks->user, (int)layer, (int)y, row, (int)width, (int)channels);
}

static void pointwise(const run_t *run, const rcnet_pointwise *layer, unsigned y,
                      const int8_t *input, size_t pixels, void *packed, int8_t *output) {
  const rcnet_hooks *hooks = run->hooks;
  if (!hooks || !hooks->pointwise || !hooks->pointwise(hooks->user, layer, input, pixels, output))
    rcnet_pointwise_row(layer, input, pixels, packed, output);
  trace(run, layer->layer, y, output, pixels, layer->outputs);
}

/* Row y of the stem from two rows of the picture. */
static rcnet_status stem_row(const run_t *run, const rcnet_block *block, unsigned y, int8_t *output) {
  const rcnet_model *model = run->model;
  const int8_t *rows[2];
  for (unsigned i = 0; i < 2; i++) {
    int from = (int)(2 * y + i);
    if (run->net->input == RCNET_IMAGE) {
      rows[i] = rcnet_image_row(run->net, from);
    } else {
      int8_t *row = (int8_t *)run->net->work + block->memory.image + (size_t)i * 3 * model->size;
      if (run->hooks->read_row(run->hooks->user, from, row)) return RCNET_NO_INPUT;
      rows[i] = row;
    }
  }
  rcnet_stem_row(&model->stem, rows[0], rows[1], block->size, run->net->work + block->memory.packed,
                 output);
  trace(run, model->stem.layer, y, output, block->size, model->stem.outputs);
  return RCNET_OK;
}

/* Where a block's rows lie. */
typedef struct {
  int8_t *source, *narrow1, *narrow2, *ring;
  int8_t *pads[2];
  void *packed;
  int32_t *sums;
  size_t source_bytes, ring_bytes; /* of a row */
} places_t;

static places_t places(const run_t *run, const rcnet_block *block, int first) {
  uint8_t *work = run->net->work;
  places_t at;
  at.source = first ? (int8_t *)work + block->memory.source : 0;
  at.narrow1 = (int8_t *)work + block->memory.narrow1;
  at.narrow2 = (int8_t *)work + block->memory.narrow2;
  at.ring = (int8_t *)work + block->memory.ring;
  at.pads[0] = (int8_t *)work + block->memory.pad;
  at.pads[1] = at.pads[0] + block->size;
  at.packed = work + block->memory.packed;
  at.sums = block->shortcut ? (int32_t *)(void *)(work + block->memory.sums) : 0;
  at.source_bytes = (size_t)block->size * block->first.channels + RCNET_SLACK;
  at.ring_bytes = (size_t)block->size * block->last.channels + RCNET_SLACK;
  memset(at.pads[0], block->first.input_zero, block->size);
  memset(at.pads[1], block->last.input_zero, block->size);
  if (at.sums) rcnet_sum_tables(block->shortcut, at.sums);
  return at;
}

/* Row y of the expansion: depthwise, reduction and expansion of the rows around y. */
static void wide_row(const run_t *run, const rcnet_block *block, const places_t *at, unsigned y) {
  const size_t size = block->size;
  rcnet_row rows[3];
  for (unsigned i = 0; i < 3; i++) {
    unsigned from = y + i - 1; /* wraps round above 0 */
    rows[i].step = from < size ? size : 0;
    rows[i].values = from >= size ? at->pads[0]
                     : at->source ? at->source + from % 3 * at->source_bytes
                                  : rcnet_slot(run->net, from);
  }
  rcnet_depthwise_row(&block->first, rows, size, size, 0, 0, at->narrow1);
  trace(run, block->first.layer, y, at->narrow1, size, block->first.channels);
  pointwise(run, &block->reduce, y, at->narrow1, size, at->packed, at->narrow2);
  pointwise(run, &block->expand, y, at->narrow2, size, at->packed, at->ring + y % 3 * at->ring_bytes);
}

/* Row y of the block's result, in its slot. */
static void result_row(const run_t *run, const rcnet_block *block, const places_t *at, unsigned y) {
  const size_t size = block->size;
  rcnet_row rows[3];
  for (unsigned i = 0; i < 3; i++) {
    unsigned from = block->last.stride * y + i - block->last.pad;
    rows[i].step = from < size ? size : 0;
    rows[i].values = from < size ? at->ring + from % 3 * at->ring_bytes : at->pads[1];
  }
  int8_t *slot = rcnet_slot(run->net, y);
  rcnet_depthwise_row(&block->last, rows, size, block->out_size, block->shortcut, at->sums, slot);
  trace(run, block->shortcut ? block->shortcut->layer : block->last.layer, y, slot,
        block->out_size, block->last.channels);
}

static rcnet_status run_block(run_t *run, const rcnet_block *block, int first) {
  const places_t at = places(run, block, first);
  unsigned made = 0, result = 0; /* rows of the stem, of the result */
  for (unsigned y = 0; y < block->size; y++) {
    while (first && made < block->size && made <= y + 1) {
      rcnet_status status = stem_row(run, block, made, at.source + made % 3 * at.source_bytes);
      if (status != RCNET_OK) return status;
      made++;
    }
    wide_row(run, block, &at, y);
    for (; result < block->out_size; result++) {
      unsigned last = block->last.stride * result + 2 - block->last.pad;
      if (last > y && y + 1 < block->size) break;
      result_row(run, block, &at, result);
    }
    rcnet_status status = step(run);
    if (status != RCNET_OK) return status;
  }
  return RCNET_OK;
}

static rcnet_status run_attention(run_t *run, const rcnet_attention *layer) {
  uint8_t *work = run->net->work;
  int32_t *sums = (int32_t *)(void *)(work + layer->sums);
  rcnet_attention_tables(layer, sums);
  for (size_t c = 0; c < layer->channels; c++) {
    rcnet_channel channel = {run->net, c * layer->size};
    rcnet_attention_channel(layer, &channel, sums, (uint16_t *)(void *)(work + layer->counts),
                            (int8_t *)work + layer->table);
    rcnet_status status = step(run);
    if (status != RCNET_OK) return status;
  }
  for (unsigned y = 0; y < layer->size; y++)
    trace(run, layer->layer, y, rcnet_slot(run->net, y), layer->size, layer->channels);
  return RCNET_OK;
}

static rcnet_status run_head(run_t *run, const rcnet_head *head, int8_t *output) {
  uint8_t *work = run->net->work;
  int8_t *row = (int8_t *)work + head->row, *average = (int8_t *)work + head->average;
  int32_t *totals = (int32_t *)(void *)(work + head->totals);
  const size_t channels = head->convolution.outputs;
  memset(totals, 0, channels * sizeof *totals);
  for (unsigned y = 0; y < head->size; y++) {
    pointwise(run, &head->convolution, y, rcnet_slot(run->net, y), head->size, work + head->packed,
              row);
    rcnet_add_totals(row, channels, head->size, totals);
    rcnet_status status = step(run);
    if (status != RCNET_OK) return status;
  }
  rcnet_average(head, totals, average);
  trace(run, head->mean_layer, 0, average, 1, channels);
  rcnet_dense(head, average, output);
  trace(run, head->logit_layer, 0, output, 1, head->classes);
  rcnet_softmax(head, output);
  trace(run, head->softmax_layer, 0, output, 1, head->classes);
  return RCNET_OK;
}

rcnet_status rcnet_run(const rcnet *net, const rcnet_hooks *hooks, int8_t *output) {
  if (!net || !net->model || !net->work || !output) return RCNET_BAD_ARGUMENT;
  /* Rows that nobody would ask for are a picture that nobody would see. */
  if ((net->input == RCNET_ROWS) != (hooks && hooks->read_row)) return RCNET_BAD_ARGUMENT;
  run_t run = {net, net->model, hooks, 0};
  for (unsigned i = 0; i < net->model->steps; i++) {
    const rcnet_step *now = &net->model->step[i];
    rcnet_status status = now->block ? run_block(&run, now->block, i == 0)
                                     : run_attention(&run, now->attention);
    if (status != RCNET_OK) return status;
  }
  return run_head(&run, net->model->head, output);
}

const char *rcnet_status_text(rcnet_status status) {
  switch (status) {
    case RCNET_OK: return "ok";
    case RCNET_BAD_ARGUMENT: return "bad argument";
    case RCNET_NO_MEMORY: return "not enough memory";
    case RCNET_NO_INPUT: return "no input";
    case RCNET_STOPPED: return "stopped";
  }
  return "unknown status";
}
