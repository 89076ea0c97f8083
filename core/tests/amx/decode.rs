//! The encoding of AMX's instructions (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapters 2 and
//! 3 and "Intel AMX instruction set reference").

/// General-purpose registers in the order of their numbers: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15.
pub(crate) type Registers = [u64; 16];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Instruction {
    /// Loads the configuration from an address.
    LoadConfiguration(u64),
    Release,
    Zero(usize),
    Load(usize, Rows),
    Store(Rows, usize),
    /// `sums += a · b`
    MultiplyAdd {
        sums: usize,
        a: usize,
        b: usize,
    },
}

/// Rows in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rows {
    pub(crate) first: u64,
    /// From row to row, in bytes.
    pub(crate) stride: u64,
}

/// Reads an instruction byte by byte.
struct Reader<'a, F> {
    byte_at: F,
    position: usize,
    registers: &'a Registers,
}

/// The instruction whose bytes `byte_at` gives, and its length; `None` if it is none of AMX's.
pub(crate) fn decode(byte_at: impl Fn(usize) -> u8, registers: &Registers) -> Option<(Instruction, usize)> {
    let mut reader = Reader { byte_at, position: 0, registers };
    let instruction = reader.instruction()?;
    Some((instruction, reader.position))
}

impl<F: Fn(usize) -> u8> Reader<'_, F> {
    fn byte(&mut self) -> u8 {
        self.position += 1;
        (self.byte_at)(self.position - 1)
    }

    fn instruction(&mut self) -> Option<Instruction> {
        // The prefix VEX in three bytes, with the map of opcodes that begin with 0F 38, W = 0 and vectors of 128 bits.
        let [escape, map, prefix, opcode, operands] = [(); 5].map(|()| self.byte());
        if escape != 0xc4 || map & 0x1f != 2 || prefix & 0x84 != 0 {
            return None;
        }
        // Bits of VEX that extend the numbers of registers are inverted.
        let [extend_reg, extend_index, extend_base] = [7, 6, 5].map(|bit| usize::from(map >> bit & 1 == 0) << 3);
        let (third, prefix) = (usize::from(!prefix >> 3 & 15), prefix & 3);
        let (is_register, reg, rm) =
            (operands >> 6 == 3, usize::from(operands >> 3 & 7) | extend_reg, usize::from(operands & 7));
        // There are eight tiles.
        if reg > 7 || third > 7 || third != 0 && opcode != 0x5c {
            return None;
        }
        const NONE: u8 = 0;
        const X66: u8 = 1;
        const XF3: u8 = 2;
        const XF2: u8 = 3;
        Some(match (opcode, prefix, is_register) {
            (0x49, NONE, true) if operands == 0xc0 => Instruction::Release,
            (0x49, NONE, false) if reg == 0 => {
                let Rows { first, stride } = self.memory(operands, extend_index, extend_base)?;
                Instruction::LoadConfiguration(first.wrapping_add(stride))
            }
            (0x49, XF2, true) if rm == 0 => Instruction::Zero(reg),
            (0x4b, X66 | XF2, false) if rm == 4 => {
                Instruction::Load(reg, self.memory(operands, extend_index, extend_base)?)
            }
            (0x4b, XF3, false) if rm == 4 => Instruction::Store(self.memory(operands, extend_index, extend_base)?, reg),
            (0x5c, XF3, true) if extend_base == 0 => Instruction::MultiplyAdd { sums: reg, a: rm, b: third },
            _ => return None,
        })
    }

    /// A memory operand: base and displacement, and the scaled index, which is the distance between rows.
    fn memory(&mut self, operands: u8, extend_index: usize, extend_base: usize) -> Option<Rows> {
        let (mode, mut base, mut stride) = (operands >> 6, usize::from(operands & 7), 0);
        let has_index = base == 4;
        if has_index {
            let byte = self.byte();
            let index = usize::from(byte >> 3 & 7) | extend_index;
            base = usize::from(byte & 7);
            // Number 4 means that there is none.
            stride = if index == 4 { 0 } else { self.registers[index] << (byte >> 6) };
        }
        // Neither relative to the instruction nor absolute.
        if mode == 0 && base == 5 {
            return None;
        }
        let displacement = match mode {
            0 => 0,
            1 => i64::from(self.byte() as i8),
            _ => i64::from(i32::from_le_bytes([(); 4].map(|()| self.byte()))),
        };
        let first = self.registers[base | extend_base].wrapping_add_signed(displacement);
        Some(Rows { first, stride })
    }
}
