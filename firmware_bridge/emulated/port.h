/* What an emulated board can do: print, and end with an exit code. */
#ifndef PORT_H_
#define PORT_H_

#include <stdint.h>

void port_print(const char *text);
void port_exit(int code);

#define FAULT 99 /* exit code of a program that the core broke off; lx106_start.S has it too */

/* What semihosting.c needs of a board that has it. */
int semihosting_call(int operation, const void *argument);

/* The stack's memory: from the end of the program's data to the first byte above. */
uint32_t *port_stack_bottom(void);
uint32_t *port_stack_top(void);

#endif /* PORT_H_ */
