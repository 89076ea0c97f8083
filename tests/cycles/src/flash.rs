//! What slow flash adds: wait states for each line that is not at hand.

use std::ops::Range;

/// A flash memory that is read in lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// The addresses it answers to.
    pub addresses: Range<u32>,
    /// Cycles to wait for a line.
    pub wait: u64,
    /// Bytes in a line; a power of two.
    pub line: u32,
    /// Lines of code that are kept; the oldest one is dropped.
    pub code: usize,
    /// Lines of data that are kept; the oldest one is dropped. 0: data shares the lines of code.
    pub data: usize,
}

/// The state of the lines of a [`Flash`].
#[derive(Debug)]
pub struct Lines {
    flash: Flash,
    code: Kept,
    data: Kept,
}

impl Lines {
    /// Nothing is at hand.
    pub fn new(flash: Flash) -> Self {
        Self { code: Kept::new(flash.code), data: Kept::new(flash.data), flash }
    }

    /// The cycles to wait for an instruction.
    pub fn fetch(&mut self, address: u32) -> u64 {
        if self.flash.addresses.contains(&address) && self.code.misses(address / self.flash.line) {
            self.flash.wait
        } else {
            0
        }
    }

    /// The cycles to wait for data.
    pub fn load(&mut self, address: u32) -> u64 {
        let kept = if self.flash.data == 0 { &mut self.code } else { &mut self.data };
        if self.flash.addresses.contains(&address) && kept.misses(address / self.flash.line) {
            self.flash.wait
        } else {
            0
        }
    }
}

/// A fixed number of lines, the least recently used of which is replaced.
#[derive(Debug)]
struct Kept {
    lines: Vec<u32>,
    most: usize,
}

impl Kept {
    fn new(most: usize) -> Self {
        Self { lines: Vec::new(), most: most.max(1) }
    }

    /// Whether a line is not kept; then it is from now on.
    fn misses(&mut self, line: u32) -> bool {
        let found = self.lines.iter().rposition(|&kept| kept == line);
        match found {
            Some(place) => _ = self.lines.remove(place),
            None if self.lines.len() == self.most => _ = self.lines.remove(0),
            None => {}
        }
        self.lines.push(line);
        found.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flash(code: usize, data: usize) -> Lines {
        Lines::new(Flash { addresses: 0x1000..0x2000, wait: 5, line: 16, code, data })
    }

    #[test]
    fn only_the_first_access_to_a_line_waits() {
        let mut lines = flash(2, 1);
        assert_eq!([0x1000, 0x1004, 0x100c, 0x1010].map(|address| lines.load(address)), [5, 0, 0, 5]);
        assert_eq!([0x0ffc, 0x2000].map(|address| lines.load(address)), [0, 0]);
    }

    #[test]
    fn the_least_recently_used_line_is_dropped() {
        let mut lines = flash(2, 1);
        let fetched = [0x1000, 0x1010, 0x1000, 0x1020, 0x1000, 0x1010].map(|address| lines.fetch(address));
        assert_eq!(fetched, [5, 5, 0, 5, 0, 5]);
    }

    #[test]
    fn data_may_share_the_lines_of_code() {
        assert_eq!(
            {
                let mut lines = flash(2, 0);
                [lines.fetch(0x1000), lines.load(0x1000)]
            },
            [5, 0]
        );
        assert_eq!(
            {
                let mut lines = flash(2, 2);
                [lines.fetch(0x1000), lines.load(0x1000)]
            },
            [5, 5]
        );
    }
}
