#ifndef STACK_H
#define STACK_H

#include <stdint.h>

/* Paints the stack that is not in use yet. */
void paint_stack(void);

/* Bytes of stack that were used since it was painted. */
uint32_t deepest_stack(void);

#endif
