//! Bytes in the largest pages that the system gives.

use std::io;
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// A fixed number of bytes. Pages are large where the system has such and is asked for them (Linux); elsewhere it is
/// ordinary memory.
#[derive(Debug)]
pub(crate) struct LargePages {
    /// At least one byte: nothing cannot be mapped.
    map: MmapMut,
    len: usize,
}

impl LargePages {
    /// `len` zeros.
    ///
    /// # Errors
    /// If there is not so much memory.
    pub(crate) fn zeroed(len: usize) -> io::Result<Self> {
        let map = MmapMut::map_anon(len.max(1))?;
        #[cfg(target_os = "linux")]
        {
            // A system built without large pages refuses, and small ones do.
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Ok(Self { map, len })
    }

    /// The same bytes, elsewhere.
    ///
    /// # Errors
    /// If there is not so much memory.
    pub(crate) fn copy_of(bytes: &[u8]) -> io::Result<Self> {
        let mut copy = Self::zeroed(bytes.len())?;
        copy.copy_from_slice(bytes);
        Ok(copy)
    }
}

impl Deref for LargePages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[..self.len]
    }
}

impl PartialEq for LargePages {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl DerefMut for LargePages {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.map[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_hold_what_is_written_and_nothing_else() {
        for len in [0, 1, 5 << 20] {
            let mut pages = LargePages::zeroed(len).unwrap();
            assert!(pages.len() == len && pages.iter().all(|&byte| byte == 0));
            pages.fill(7);
            assert!(LargePages::copy_of(&pages).unwrap().iter().all(|&byte| byte == 7));
        }
    }
}
