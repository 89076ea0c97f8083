//! Lets this process execute AMX: a processor without it raises an exception at each of its instructions, for which Linux
//! calls a handler, which executes the instruction on the emulated tiles of the thread and goes on behind it.

use std::cell::RefCell;
use std::ffi::c_void;
use std::process::abort;
use std::sync::Once;

use libc::{REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RAX, REG_RBP, REG_RBX, REG_RCX};
use libc::{REG_RDI, REG_RDX, REG_RIP, REG_RSI, REG_RSP, SA_SIGINFO, SIGILL, sigaction, siginfo_t, ucontext_t};

use crate::decode::decode;
use crate::emulator::Tiles;

thread_local! {
    static TILES: RefCell<Tiles> = const { RefCell::new(Tiles::RELEASED) };
}

/// General-purpose registers in a context, in the order of their numbers.
const REGISTERS: [i32; 16] = [
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12,
    REG_R13, REG_R14, REG_R15,
];

/// Installs the handler.
pub(crate) fn emulate() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: all bits 0 is a valid action, and the handler has the signature that SA_SIGINFO asks for.
        let result = unsafe {
            let mut action: sigaction = std::mem::zeroed();
            action.sa_flags = SA_SIGINFO;
            action.sa_sigaction = execute as *const () as usize;
            sigaction(SIGILL, &action, std::ptr::null_mut())
        };
        assert_eq!(result, 0, "the handler could not be installed");
    });
}

/// Executes the instruction at which the exception was raised. The exception is synchronous, so the handler may do what
/// ordinary code does.
extern "C" fn execute(_signal: i32, _: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: Linux passes the context of the thread, which nothing else uses meanwhile.
    let registers = unsafe { &mut (*context.cast::<ucontext_t>()).uc_mcontext.gregs };
    let instruction_pointer = registers[REG_RIP as usize];
    // SAFETY: the processor read the instruction there, and no more bytes of it are read.
    let byte_at = |at: usize| unsafe { *(instruction_pointer as *const u8).add(at) };
    let values = REGISTERS.map(|register| registers[register as usize] as u64);
    let Some((instruction, len)) = decode(byte_at, &values) else {
        eprintln!("an illegal instruction at {instruction_pointer:#x}");
        abort();
    };
    // SAFETY: what the kernel reads and writes is this process's memory.
    if let Err(fault) = TILES.with_borrow_mut(|tiles| unsafe { tiles.execute(instruction) }) {
        eprintln!("{instruction:x?} at {instruction_pointer:#x}: {fault:?}");
        abort();
    }
    registers[REG_RIP as usize] += len as i64;
}
