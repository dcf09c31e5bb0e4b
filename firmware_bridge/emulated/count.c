/* QEMU plugin: counts executed instructions, exactly.
 *
 *     -plugin libcount.so,out=FILE,mark=ADDRESS
 *
 * FILE gets, one a line, the count at each call of the function at ADDRESS (hexadecimal), and at the
 * end the total. The few declarations of QEMU's plugin interface that it needs are repeated here,
 * since distributions do not install its header. QEMU_API is the interface's version: 1 for QEMU 4.2
 * to 8, 2 from 9 on.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef QEMU_API
#define QEMU_API 1
#endif

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int,
                                          void *);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_API;

static uint64_t total, mark_address;
static FILE *out;

static void executed(unsigned cpu, void *instructions) {
  (void)cpu;
  total += (uintptr_t)instructions;
}

static void marked(unsigned cpu, void *instructions) {
  fprintf(out, "%" PRIu64 "\n", total);
  executed(cpu, instructions);
}

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
  (void)id;
  const uintptr_t instructions = qemu_plugin_tb_n_insns(block);
  const int is_mark = qemu_plugin_tb_vaddr(block) == mark_address;
  qemu_plugin_register_vcpu_tb_exec_cb(block, is_mark ? marked : executed, 0, (void *)instructions);
}

static void finished(plugin_id id, void *unused) {
  (void)id, (void)unused;
  fprintf(out, "%" PRIu64 "\n", total);
  fclose(out);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info,
                                                               int count, char **options) {
  (void)info;
  for (int i = 0; i < count; i++) {
    if (strncmp(options[i], "out=", 4) == 0) out = fopen(options[i] + 4, "w");
    if (strncmp(options[i], "mark=", 5) == 0) mark_address = strtoull(options[i] + 5, 0, 16);
  }
  if (!out) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, finished, 0);
  return 0;
}
