//! A reader of UF2 files, written from Microsoft's specification and what the boot ROMs of the RP2040 and the RP2350 ask
//! for. It knows nothing of the writer.

/// The flash that a file fills.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) address: u32,
    pub(crate) bytes: Vec<u8>,
}

/// One block.
struct Block<'a> {
    flags: u32,
    address: u32,
    number: u32,
    count: u32,
    family: u32,
    payload: &'a [u8],
    rest: &'a [u8],
}

/// Reads a file for the chips of `family`, or says in which block it is damaged or for another chip.
pub(crate) fn read(file: &[u8], family: u32) -> Result<Contents, String> {
    if file.is_empty() || !file.len().is_multiple_of(512) {
        return Err(format!("{} bytes are no whole blocks", file.len()));
    }
    let blocks = file.chunks(512).enumerate();
    let blocks = blocks.map(|(i, block)| Block::read(block).map_err(|reason| format!("block {i}: {reason}")));
    let mut blocks: Vec<_> = blocks.collect::<Result<_, _>>()?;
    if blocks[0].is_first_for_rp2350() {
        blocks.remove(0);
    }
    let count = blocks.len();
    let mut contents = Contents { address: blocks.first().ok_or("there is no block")?.address, bytes: Vec::new() };
    for (number, block) in blocks.into_iter().enumerate() {
        let place = |reason| format!("block {number}: {reason}");
        block.check(number, count, family).map_err(place)?;
        if block.address as usize != contents.address as usize + contents.bytes.len() {
            return Err(place(format!("it is for {:#x}", block.address)));
        }
        contents.bytes.extend(block.payload);
    }
    Ok(contents)
}

impl<'a> Block<'a> {
    fn read(block: &'a [u8]) -> Result<Self, String> {
        let word = |at: usize| u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
        if (word(0), word(4), word(508)) != (0x0a32_4655, 0x9e5d_5157, 0x0ab1_6f30) {
            return Err("it has not the three magic numbers".to_owned());
        }
        if word(16) != 256 {
            return Err(format!("it has {} bytes for the flash", word(16)));
        }
        let (payload, rest) = block[32..508].split_at(256);
        Ok(Self {
            flags: word(8),
            address: word(12),
            number: word(20),
            count: word(24),
            family: word(28),
            payload,
            rest,
        })
    }

    fn check(&self, number: usize, count: usize, family: u32) -> Result<(), String> {
        if (self.flags, self.family) != (0x2000, family) {
            return Err(format!("it is for the family {:#x}, its flags are {:#x}", self.family, self.flags));
        }
        if (self.number as usize, self.count as usize) != (number, count) {
            return Err(format!("it is number {} of {}, not of {count}", self.number, self.count));
        }
        if !self.address.is_multiple_of(256) || self.rest.iter().any(|&byte| byte != 0) {
            return Err("it begins within a page, or has more than a page".to_owned());
        }
        Ok(())
    }

    /// The block that works around the RP2350's erratum E10, as picotool recognises it.
    fn is_first_for_rp2350(&self) -> bool {
        (self.flags, self.family, self.number, self.count) == (0xa000, 0xe48b_ff57, 0, 2)
            && self.address == 0x10ff_ff00
            && self.payload.iter().all(|&byte| byte == 0xef)
            && self.rest[..4] == 0x9957_e304_u32.to_le_bytes()
    }
}
