/* What an emulated board can do: print, and end with an exit code. */
#ifndef PORT_H_
#define PORT_H_

#include <stdint.h>

void port_print(const char *text);
void port_exit(int code);

/* The stack's memory: from the end of the program's data to the first byte above. */
uint32_t *port_stack_bottom(void);
uint32_t *port_stack_top(void);

#endif /* PORT_H_ */
