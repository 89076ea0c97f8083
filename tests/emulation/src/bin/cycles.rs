//! `cycles BOARD [MODEL] [PROGRAM]`
fn main() -> anyhow::Result<()> {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let board = pocketgan_emulation::firmware::board(&a[0]);
    let elf = pocketgan_emulation::firmware::elf_with(board, &a[1], "bench")?;
    let counts = pocketgan_emulation::cycles::count(&elf, &[], a.get(2).map_or(board.core, |s| s).parse().map_err(anyhow::Error::msg)?, None, std::time::Duration::from_secs(60))?;
    for c in counts { println!("{c:?} {:.3} cycles {:.3} instr", c.cycles as f64 / 272656.0, c.instructions as f64 / 272656.0); }
    Ok(())
}
