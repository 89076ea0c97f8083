//! The micro:bit's LEDs, from QEMU's trace of writes to the nRF51822's GPIO.

use anyhow::{Context, Result, ensure};

/// The event of QEMU's to trace.
pub const EVENT: &str = "nrf51_gpio_write";

/// LEDs in a row and in a column.
const LEDS: usize = 5;
/// The register of the pins' levels.
const OUT: u32 = 0x504;
/// Pin of the first of 3 rows; a row is driven while its pin is high.
const FIRST_ROW: usize = 13;
/// Pin of the first of 9 columns; a column's LEDs are lit while its pin is low.
const FIRST_COLUMN: usize = 4;

/// The LEDs (x, y) in rows 0, 1, 2 of each column: the inverse of the firmware's table. From the micro:bit's runtime (MicroBitMatrixMaps.h, the map SB2).
const LEDS_OF_COLUMN: [[Option<(usize, usize)>; 3]; 9] = [
    [Some((0, 0)), Some((4, 2)), Some((2, 4))],
    [Some((2, 0)), Some((0, 2)), Some((4, 4))],
    [Some((4, 0)), Some((2, 2)), Some((0, 4))],
    [Some((4, 3)), Some((1, 0)), Some((0, 1))],
    [Some((3, 3)), Some((3, 0)), Some((1, 1))],
    [Some((2, 3)), Some((3, 4)), Some((2, 1))],
    [Some((1, 3)), Some((1, 4)), Some((3, 1))],
    [Some((0, 3)), None, Some((4, 1))],
    [Some((1, 2)), None, Some((3, 2))],
];

/// The levels that were written to the pins, in order, from the complete lines of a trace.
///
/// # Errors
/// If a line of the event cannot be parsed.
pub fn levels_written(trace: &str) -> Result<Vec<u32>> {
    let complete = &trace[..trace.rfind('\n').map_or(0, |end| end + 1)];
    let writes = complete.lines().filter(|line| line.contains(EVENT)).map(|line| {
        let number = |name| hexadecimal(line, name).with_context(|| format!("{line:?} has no {name}"));
        Ok((number("offset ")?, number("value ")?))
    });
    let writes: Vec<_> = writes.collect::<Result<_>>()?;
    Ok(writes.into_iter().filter(|(offset, _)| *offset == OUT).map(|(_, value)| value).collect())
}

/// The number after `name`.
fn hexadecimal(line: &str, name: &str) -> Option<u32> {
    let word = line.split_once(name)?.1.split_whitespace().next()?;
    u32::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

/// How many of the writes light each LED, in rows of LEDs.
///
/// # Errors
/// If a write does not drive exactly one row.
pub fn times_lit(writes: &[u32]) -> Result<[[usize; LEDS]; LEDS]> {
    let mut times = [[0; LEDS]; LEDS];
    for pins in writes {
        let rows: Vec<usize> = (0..3).filter(|row| pins >> (FIRST_ROW + row) & 1 == 1).collect();
        ensure!(rows.len() == 1, "with the pins at {pins:#x} the rows {rows:?} are driven");
        for (column, leds) in LEDS_OF_COLUMN.iter().enumerate() {
            if let (0, Some((x, y))) = (pins >> (FIRST_COLUMN + column) & 1, leds[rows[0]]) {
                times[y][x] += 1;
            }
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_writes_of_levels_count() {
        let trace = "nrf51_gpio_write offset 0x518 value 0x1\n7@12.3:nrf51_gpio_write offset 0x504 value 0x2ff0\n\
                     another event\nnrf51_gpio_write offset 0x504 value 0x4\nnrf51_gpio_write offset 0x504 val";
        assert_eq!(levels_written(trace).unwrap(), [0x2ff0, 4]);
        assert!(levels_written("").unwrap().is_empty());
        let error = levels_written("nrf51_gpio_write offset 0x504 value 12\n").unwrap_err();
        assert!(error.to_string().ends_with("has no value "), "{error}");
    }

    #[test]
    fn an_led_is_lit_while_its_row_is_high_and_its_column_low() {
        // Row 0 without columns, row 0 with columns 0 and 8, row 2 with column 0; bit 24 is ignored.
        let times = times_lit(&[0x0100_3ff0, 0x0000_2fe0 & !0x1000, 0x0100_9fe0]).unwrap();
        let mut expected = [[0; 5]; 5];
        (expected[0][0], expected[2][1], expected[4][2]) = (1, 1, 1);
        assert_eq!(times, expected);
    }

    #[test]
    fn two_rows_or_none_are_an_error() {
        assert!(times_lit(&[0x6000]).is_err() && times_lit(&[0x1ff0]).is_err());
    }
}
