/* How much of the stack is used: what is not, keeps its paint. */
#include "stack.h"

/* Defined by memory.ld. */
extern uint32_t bss_end[], paint_end[], stack_top[];

static const uint32_t PAINT = 0xdeadbeef;

void paint_stack(void)
{
    for (volatile uint32_t *word = bss_end; word < paint_end; word++)
        *word = PAINT;
}

uint32_t deepest_stack(void)
{
    const volatile uint32_t *word = bss_end;
    while (word < stack_top && *word == PAINT)
        word++;
    return (uint32_t)(stack_top - word) * sizeof *word;
}
