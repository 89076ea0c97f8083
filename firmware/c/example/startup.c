/* From reset to main. */
#include <stdint.h>

#include "semihosting.h"
#include "stack.h"

/* Defined by memory.ld. */
extern uint32_t data_in_flash[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];

int main(void);
void reset(void);
void fault(void);

void reset(void)
{
#ifdef __ARM_FP
    /* Full access to coprocessors 10 and 11: the FPU. */
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm__ volatile("dsb\n isb");
#endif
    for (uint32_t *to = data_start, *from = data_in_flash; to < data_end; to++, from++)
        *to = *from;
    for (uint32_t *word = bss_start; word < bss_end; word++)
        *word = 0;
    paint_stack();
    leave(main());
}

void fault(void)
{
    say("fault\n");
    leave(255);
}

union vector {
    uint32_t *stack;
    void (*handler)(void);
};

/* The initial stack pointer, reset, NMI, HardFault; no interrupt is enabled. */
__attribute__((section(".vectors"), used)) static const union vector vectors[] = {
    {.stack = stack_top}, {.handler = reset}, {.handler = fault}, {.handler = fault}};
