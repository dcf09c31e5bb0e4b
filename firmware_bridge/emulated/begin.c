/* What every board does between its first instructions and main, and where its stack lies. The
 * linker's script says what lies where. */
#include "port.h"

extern uint32_t stack_top[], bss_start[], bss_end[], data_start[], data_end[], data_source[];
int main(void);

uint32_t *port_stack_bottom(void) { return bss_end; }
uint32_t *port_stack_top(void) { return stack_top; }

__attribute__((used)) void begin(void) {
  const uint32_t *from = data_source;
  for (uint32_t *word = data_start; word < data_end; word++) *word = *from++;
  for (uint32_t *word = bss_start; word < bss_end; word++) *word = 0;
  port_exit(main());
}
