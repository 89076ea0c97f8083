/* The debugger's (or QEMU's) console and files. */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stddef.h>

/* Prints a text that ends in NUL. */
void say(const char *text);

/* Opens a file of the host's for writing; negative if that fails. */
int open_file(const char *name);

/* Appends to a file; returns how many bytes were not written. */
size_t write_file(int file, const void *bytes, size_t length);

/* Ends the program. */
__attribute__((noreturn)) void leave(int status);

#endif
