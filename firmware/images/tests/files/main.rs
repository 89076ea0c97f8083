//! The files that boards are flashed with hold what the linker made, and the command that makes them.

mod command;
mod elf_reader;
mod emulated;
mod formats;
mod uf2_reader;
