#ifndef STARTUP_H
#define STARTUP_H

#include <stdint.h>

/* Bytes of stack that were used since reset. */
uint32_t deepest_stack(void);

#endif
