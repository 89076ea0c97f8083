/* Arm's semihosting: numbers and arguments of the calls are in its specification. */
#include "semihosting.h"

#include <stdint.h>

enum { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_EXIT_EXTENDED = 0x20 };
enum { MODE_WB = 5 };
enum { APPLICATION_EXIT = 0x20026 };

static int call(int number, const void *argument)
{
    register int r0 __asm__("r0") = number;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

void say(const char *text)
{
    call(SYS_WRITE0, text);
}

int open_file(const char *name)
{
    const uintptr_t block[] = {(uintptr_t)name, MODE_WB, length_of(name)};
    return call(SYS_OPEN, block);
}

size_t write_file(int file, const void *bytes, size_t length)
{
    const uintptr_t block[] = {(uintptr_t)file, (uintptr_t)bytes, length};
    return (size_t)call(SYS_WRITE, block);
}

void leave(int status)
{
    const uintptr_t block[] = {APPLICATION_EXIT, (uintptr_t)status};
    for (;;)
        call(SYS_EXIT_EXTENDED, block);
}
