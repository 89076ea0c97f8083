//! QEMU's side: the functions that QEMU calls, and those of QEMU that are called.
//!
//! QEMU's plugin interface has versions. This is written for version 1 (QEMU 6 to 8, Debian 12 has 7.2), and for 3 and later
//! (QEMU 9.1 and later), in which the bytes of an instruction are copied. Which one the running QEMU has is found out by a
//! function that exists only from version 2 on, before QEMU looks for the number.

use crate::{counter::Counter, decode::decode, instruction::Instruction, options::Options};
use std::{
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    fs, mem,
    path::PathBuf,
    slice,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// QEMU's number of a loaded plugin.
type Id = u64;
/// A pointer to QEMU's description of a block of instructions, of an instruction, or of an access.
type Opaque = *mut c_void;

/// The version of the interface that this plugin wants. QEMU reads it after [`choose_version`] has set it.
// SAFETY: no other symbol of this name exists, as only plugins have one and QEMU keeps their symbols apart.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
static mut qemu_plugin_version: c_int = 1;

// SAFETY: the linker's section of functions that are called when the library is loaded, with one pointer to such a function.
#[used]
#[unsafe(link_section = ".init_array")]
static CHOOSE_VERSION: extern "C" fn() = choose_version;

/// The version from which the bytes of instructions are copied.
const COPYING: c_int = 3;

extern "C" fn choose_version() {
    let version = if find(c"qemu_plugin_scoreboard_new").is_null() { 1 } else { COPYING };
    // SAFETY: the library is being loaded: nothing else can access the variable yet.
    unsafe { qemu_plugin_version = version };
}

unsafe extern "C" {
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// A function of the running program by its name, or null.
fn find(name: &CStr) -> *mut c_void {
    // SAFETY: a null library stands for the whole program, and the name ends in a zero.
    unsafe { dlsym(std::ptr::null_mut(), name.as_ptr()) }
}

/// The functions of QEMU that are used, with the types that its header qemu-plugin.h gives them.
struct Qemu {
    on_translation: unsafe extern "C" fn(Id, extern "C" fn(Id, Opaque)),
    on_exit: unsafe extern "C" fn(Id, extern "C" fn(Id, *mut c_void), *mut c_void),
    instructions_of: unsafe extern "C" fn(Opaque) -> usize,
    instruction_of: unsafe extern "C" fn(Opaque, usize) -> Opaque,
    /// The first type is that of version 1, the second that of later ones.
    bytes_of: *mut c_void,
    size_of: unsafe extern "C" fn(Opaque) -> usize,
    address_of: unsafe extern "C" fn(Opaque) -> u64,
    on_execution: unsafe extern "C" fn(Opaque, extern "C" fn(c_uint, *mut c_void), c_int, *mut c_void),
    on_access: unsafe extern "C" fn(Opaque, extern "C" fn(c_uint, u32, u64, *mut c_void), c_int, c_int, *mut c_void),
    is_store: unsafe extern "C" fn(u32) -> bool,
    copies_bytes: bool,
}

// SAFETY: function pointers; QEMU's functions may be called from any of its threads.
unsafe impl Send for Qemu {}
// SAFETY: as above.
unsafe impl Sync for Qemu {}

impl Qemu {
    // The types of the functions are those of the fields.
    #[allow(clippy::missing_transmute_annotations)]
    fn find() -> Result<Self, String> {
        let function = |name: &'static CStr| match find(name) {
            found if found.is_null() => Err(format!("this QEMU has no function {}", name.to_string_lossy())),
            found => Ok(found),
        };
        // SAFETY: these functions have these types, by the header of the interface.
        unsafe {
            Ok(Self {
                on_translation: mem::transmute(function(c"qemu_plugin_register_vcpu_tb_trans_cb")?),
                on_exit: mem::transmute(function(c"qemu_plugin_register_atexit_cb")?),
                instructions_of: mem::transmute(function(c"qemu_plugin_tb_n_insns")?),
                instruction_of: mem::transmute(function(c"qemu_plugin_tb_get_insn")?),
                bytes_of: function(c"qemu_plugin_insn_data")?,
                size_of: mem::transmute(function(c"qemu_plugin_insn_size")?),
                address_of: mem::transmute(function(c"qemu_plugin_insn_vaddr")?),
                on_execution: mem::transmute(function(c"qemu_plugin_register_vcpu_insn_exec_cb")?),
                on_access: mem::transmute(function(c"qemu_plugin_register_vcpu_mem_cb")?),
                is_store: mem::transmute(function(c"qemu_plugin_mem_is_store")?),
                copies_bytes: qemu_plugin_version >= COPYING,
            })
        }
    }

    /// Decodes an instruction of a block that is being translated.
    fn decode(&self, instruction: Opaque) -> Instruction {
        let mut bytes = [0; 4];
        // SAFETY: the instruction is valid during the call of `translated`. QEMU's pointer is to as many bytes as it says,
        // and it copies no more than it is told.
        let (size, address) = unsafe {
            let size = (self.size_of)(instruction).min(bytes.len());
            if self.copies_bytes {
                type Copy = unsafe extern "C" fn(Opaque, *mut c_void, usize) -> usize;
                mem::transmute::<*mut c_void, Copy>(self.bytes_of)(instruction, bytes.as_mut_ptr().cast(), size);
            } else {
                type Borrow = unsafe extern "C" fn(Opaque) -> *const u8;
                let borrowed = mem::transmute::<*mut c_void, Borrow>(self.bytes_of)(instruction);
                bytes[..size].copy_from_slice(slice::from_raw_parts(borrowed, size));
            }
            (size, (self.address_of)(instruction))
        };
        decode(address as u32, &bytes[..size])
    }
}

/// All that lasts while QEMU runs.
struct Session {
    qemu: Qemu,
    /// Accesses to memory matter only for waiting.
    sees_accesses: bool,
    answer: PathBuf,
    counter: Mutex<Counter>,
}

static SESSION: OnceLock<Session> = OnceLock::new();

/// The session and its counter. QEMU calls back only after the plugin is installed.
fn session() -> Option<(&'static Session, MutexGuard<'static, Counter>)> {
    let session = SESSION.get()?;
    // A panic cannot leave a counter half changed, as it aborts at QEMU's side.
    Some((session, session.counter.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// QEMU loads the plugin: reads the options and asks to be called back. A status other than 0 ends QEMU.
///
/// # Safety
/// `options` are `count` pointers to strings that end in a zero; QEMU guarantees it.
// SAFETY: only plugins have a function of this name, and QEMU keeps their symbols apart.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_plugin_install(
    id: Id,
    _: *const c_void,
    count: c_int,
    options: *const *const c_char,
) -> c_int {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller's promise.
    let options: Vec<String> =
        (0..count).map(|index| unsafe { CStr::from_ptr(*options.add(index)) }.to_string_lossy().into_owned()).collect();
    match install(id, &options) {
        Ok(()) => 0,
        Err(reason) => {
            eprintln!("pocketgan-cycles: {reason}");
            1
        }
    }
}

fn install(id: Id, options: &[String]) -> Result<(), String> {
    let options = Options::parse(options.iter().map(String::as_str))?;
    let qemu = Qemu::find()?;
    let (on_translation, on_exit) = (qemu.on_translation, qemu.on_exit);
    let session = Session {
        qemu,
        sees_accesses: options.flash.is_some(),
        counter: Mutex::new(Counter::new(options.core, options.marks, options.flash)),
        answer: options.answer,
    };
    SESSION.set(session).map_err(|_| "the plugin is loaded already")?;
    // SAFETY: the functions that are passed have the types that QEMU calls, and exist as long as the library.
    unsafe {
        on_translation(id, translated);
        on_exit(id, ended, std::ptr::null_mut());
    }
    Ok(())
}

/// A callback that leaves the processor's registers alone.
const NO_REGISTERS: c_int = 0;
/// Callbacks for all accesses to memory. QEMU 7.2 takes a wish for reads only as one for writes only.
const READS_AND_WRITES: c_int = 3;

/// QEMU has translated a block: asks for a call whenever one of its instructions is executed.
extern "C" fn translated(_: Id, block: Opaque) {
    let Some(Session { qemu, sees_accesses, .. }) = SESSION.get() else { return };
    // SAFETY: QEMU's functions with the block that it passed, and indices below the number it says.
    unsafe {
        for index in 0..(qemu.instructions_of)(block) {
            let instruction = (qemu.instruction_of)(block, index);
            // Leaked: QEMU may execute a block as long as it runs, and does not say when it drops one.
            let decoded: &'static Instruction = Box::leak(Box::new(qemu.decode(instruction)));
            (qemu.on_execution)(instruction, executed, NO_REGISTERS, std::ptr::from_ref(decoded).cast_mut().cast());
            if *sees_accesses {
                (qemu.on_access)(instruction, accessed, NO_REGISTERS, READS_AND_WRITES, std::ptr::null_mut());
            }
        }
    }
}

extern "C" fn executed(_: c_uint, instruction: *mut c_void) {
    // SAFETY: the pointer that `translated` gave QEMU, to an instruction that is never freed.
    let instruction = unsafe { &*instruction.cast::<Instruction>() };
    if let Some((_, mut counter)) = session() {
        counter.execute(instruction);
    }
}

extern "C" fn accessed(_: c_uint, access: u32, address: u64, _: *mut c_void) {
    let Some((session, mut counter)) = session() else { return };
    // SAFETY: a function of QEMU's, for the access that it passed.
    if !unsafe { (session.qemu.is_store)(access) } {
        counter.load(address as u32);
    }
}

/// QEMU ends: writes the counts.
extern "C" fn ended(_: Id, _: *mut c_void) {
    let Some((session, counter)) = session() else { return };
    if let Err(error) = fs::write(&session.answer, crate::options::answer(counter.counts())) {
        eprintln!("pocketgan-cycles: {} cannot be written: {error}", session.answer.display());
    }
}
