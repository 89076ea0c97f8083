//! The bytes of an ELF file that are loaded, read from the tables of its specification.

/// The segments with contents: the address where each is loaded, and its bytes.
pub(crate) fn segments(elf: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let word = |at: usize| u32::from_le_bytes([elf[at], elf[at + 1], elf[at + 2], elf[at + 3]]) as usize;
    let half = |at: usize| u16::from_le_bytes([elf[at], elf[at + 1]]) as usize;
    let (table, size, count) = (word(28), half(42), half(44));
    let entries = (0..count).map(|entry| table + entry * size);
    let loaded = entries.filter(|&entry| word(entry) == 1 && word(entry + 16) > 0);
    loaded.map(|entry| (word(entry + 12) as u32, elf[word(entry + 4)..][..word(entry + 16)].to_vec())).collect()
}
