//! The boards' displays show what the host draws from the same models and seeds.

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::picture::{Picture, text_rows};
use pocketgan_core::recipe::PIXELS;
use pocketgan_display::leds;
use pocketgan_emulation::{firmware, gpio_trace, live::Live, panel, panel::Panel, qemu};
use pocketgan_tests::{
    model::ModelFile,
    program,
    sizes::{Sizes, deepest_stack},
};
use std::{
    fs,
    time::{Duration, Instant},
};

/// Far longer than any of these runs.
const LIMIT: Duration = Duration::from_secs(60);
const KIB: u64 = 1024;
const OLED_BOARD: &str = "lm3s6965evb";
const LAMPS_BOARD: &str = "microbit";
/// Its panel is black and white.
const PICO: &str = "pico";

/// Starts `show` on a board with the digit of a seed; it continues with each byte that it receives.
fn show(board: &str, seed: u32, traced: &str) -> Live {
    show_with(board, &["--step", "--seed", &seed.to_string()], traced)
}

fn show_with(board: &str, arguments: &[&str], traced: &str) -> Live {
    let elf = firmware::elf_for(firmware::board(board), "show").unwrap();
    Live::start(&elf, arguments, traced, LIMIT).unwrap()
}

/// What the model in a board's flash draws.
struct Host {
    model: ModelFile,
    is_black_and_white: bool,
}

impl Host {
    fn of(board: &str) -> Self {
        let model = ModelFile::read(&firmware::model_file(firmware::board(board).models[0]));
        Self { model, is_black_and_white: board == PICO }
    }

    fn assert_panel_shows(&self, live: &mut Live, large: &Picture, small: &[Picture; 4]) {
        self.assert_panel_is(live, &expected_panel(large, small));
    }

    fn assert_panel_is(&self, live: &mut Live, expected: &Panel) {
        let shown = Panel::from_screen(&live.screen().unwrap()).unwrap();
        for (y, x) in (0..panel::HEIGHT).flat_map(|y| (0..panel::WIDTH).map(move |x| (y, x))) {
            let grey = expected.at(x, y);
            // Half of white or more is white: a grey of 8 is a pixel of 128 or more.
            let expected = if self.is_black_and_white { if grey >= 8 { 15 } else { 0 } } else { grey };
            assert_eq!(shown.at(x, y), expected, "column {x} of row {y}");
        }
    }

    fn draw(&self, latent: &Latent) -> Picture {
        let mut picture = [0; PIXELS];
        self.model.model().draw(latent, &mut picture);
        picture
    }

    fn digit(&self, seed: u32) -> Picture {
        self.draw(&Latent::of_picture(seed))
    }

    /// The seed by which a counter draws `number` in `place` of `places`, counted from the left.
    fn seed_of_place(&self, number: u32, place: usize, places: usize) -> u32 {
        let shown = number / 10_u32.pow((places - 1 - place) as u32);
        let model = self.model.model();
        let seeds = model.digits().of((shown % 10) as u8);
        seeds[(shown as usize / 10 + 4 * place) % seeds.len()]
    }
}

/// Reads the lines of a digit: its seed, then the text picture, which must be the host's.
fn expect_digit(live: &mut Live, seed: u32, picture: &Picture) {
    assert_eq!(live.line().unwrap(), format!("seed {seed}"));
    for row in text_rows(picture) {
        assert_eq!(live.line().unwrap().as_bytes(), row);
    }
}

/// Reads the line of a picture between two digits and returns the weight of the second one.
fn weight(live: &mut Live, from: u32, to: u32) -> u16 {
    let line = live.line().unwrap();
    let weight = line.strip_prefix(&format!("seed {from} to {to}, ")).and_then(|rest| rest.strip_suffix(" of 256"));
    weight.and_then(|weight| weight.parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

/// The panel's nearest grey level for a pixel, 0 to 15.
fn grey(pixel: u8) -> u8 {
    ((u32::from(pixel) * 15 + 127) / 255) as u8
}

/// The expected panel: the large digit at twice its size in the left half, the small ones in two rows in the right half.
fn expected_panel(large: &Picture, small: &[Picture; 4]) -> Panel {
    let mut greys = vec![0; panel::WIDTH * panel::HEIGHT];
    for (y, x) in (0..56).flat_map(|y| (0..56).map(move |x| (y, x))) {
        greys[(4 + y) * panel::WIDTH + 4 + x] = grey(large[y / 2 * 28 + x / 2]);
    }
    for (index, picture) in small.iter().enumerate() {
        let (left, top) = (66 + 32 * (index % 2), 2 + 32 * (index / 2));
        for (y, x) in (0..28).flat_map(|y| (0..28).map(move |x| (y, x))) {
            greys[(top + y) * panel::WIDTH + left + x] = grey(picture[y * 28 + x]);
        }
    }
    Panel(greys)
}

/// The expected panel: four digits in a row in the middle.
fn expected_number(digits: &[Picture; 4]) -> Panel {
    let mut greys = vec![0; panel::WIDTH * panel::HEIGHT];
    for (index, picture) in digits.iter().enumerate() {
        for (y, x) in (0..28).flat_map(|y| (0..28).map(move |x| (y, x))) {
            greys[(18 + y) * panel::WIDTH + 2 + 32 * index + x] = grey(picture[y * 28 + x]);
        }
    }
    Panel(greys)
}

#[test]
fn an_oled_shows_a_large_digit_the_next_ones_and_the_morph_to_the_first_of_them() {
    for (board, seed) in [(OLED_BOARD, 5_u32), (OLED_BOARD, u32::MAX - 1), (PICO, 5)] {
        let host = Host::of(board);
        let digit = |n: u32| host.digit(seed.wrapping_add(n));
        let (first, small) = (digit(0), [1, 2, 3, 4].map(digit));
        let mut live = show(board, seed, "");
        expect_digit(&mut live, seed, &first);
        host.assert_panel_shows(&mut live, &first, &small);
        let (from, to) = (seed, seed.wrapping_add(1));
        for step in 1..16 {
            live.send(b" ").unwrap();
            let weight = weight(&mut live, from, to);
            let exact = 128.0 * (1.0 - (f64::from(step) / 16.0 * std::f64::consts::PI).cos());
            assert!((f64::from(weight) - exact).abs() < 1.0, "{weight} of 256 in step {step}");
            let between = Latent::of_picture(from).blend(&Latent::of_picture(to), weight);
            host.assert_panel_shows(&mut live, &host.draw(&between), &small);
        }
        live.send(b" ").unwrap();
        expect_digit(&mut live, to, &small[0]);
        host.assert_panel_shows(&mut live, &small[0], &[2, 3, 4, 5].map(digit));
        live.send(b"q").unwrap();
        assert_eq!(live.finish().unwrap().0, 0);
    }
}

/// Reads the line of a frame between two numbers and returns the weight of the second one.
fn weight_of_number(live: &mut Live, left: u32, number: u32) -> u16 {
    let line = live.line().unwrap();
    let weight =
        line.strip_prefix(&format!("number {left} to {number}, ")).and_then(|rest| rest.strip_suffix(" of 256"));
    weight.and_then(|weight| weight.parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

/// Reads the lines of a number: its changed digits, which are those from `first` on, then the number itself.
fn expect_number(live: &mut Live, host: &Host, number: u32, first: usize) -> [u32; 4] {
    let seeds = [0, 1, 2, 3].map(|place| host.seed_of_place(number, place, 4));
    seeds[first..].iter().for_each(|&seed| expect_digit(live, seed, &host.digit(seed)));
    assert_eq!(live.line().unwrap(), format!("number {number}"));
    host.assert_panel_is(live, &expected_number(&seeds.map(|seed| host.digit(seed))));
    seeds
}

#[test]
fn an_oled_counts_in_drawn_digits_and_morphs_those_that_change() {
    for (board, asked, number, next, first) in [
        (OLED_BOARD, 2025, 2025, 2026, 3),
        (OLED_BOARD, 51_999, 1999, 2000, 0),
        (OLED_BOARD, 9999, 9999, 0, 0),
        (PICO, 2025, 2025, 2026, 3),
    ] {
        let host = Host::of(board);
        let mut live = show_with(board, &["--step", "--number", &asked.to_string()], "");
        let from = expect_number(&mut live, &host, number, 0);
        let to = [0, 1, 2, 3].map(|place| host.seed_of_place(next, place, 4));
        for _ in 1..8 {
            live.send(b" ").unwrap();
            let weight = weight_of_number(&mut live, number, next);
            let [from, to] = [from, to].map(|seeds| seeds.map(Latent::of_picture));
            let between = |place: usize| match place < first {
                true => host.draw(&from[place]),
                false => host.draw(&from[place].blend(&to[place], weight)),
            };
            host.assert_panel_is(&mut live, &expected_number(&[0, 1, 2, 3].map(between)));
        }
        live.send(b" ").unwrap();
        assert_eq!(expect_number(&mut live, &host, next, first), to);
        live.send(b"q").unwrap();
        assert_eq!(live.finish().unwrap().0, 0);
    }
}

#[test]
fn the_oled_writes_a_word_in_letters_that_turn_into_others_of_their_class() {
    let board = firmware::board(OLED_BOARD);
    let folder = tempfile::tempdir().unwrap();
    let host = Host::of(OLED_BOARD);
    let letters = host.model.write_with_letters(folder.path()).display().to_string();
    let elf = firmware::elf_with(board, &letters, "show").unwrap();
    let seeds = |page: usize| {
        let seed = |(place, class): (usize, u8)| {
            let seeds = host.model.model().digits().of(class).to_vec();
            seeds[(page + 4 * place) % seeds.len()]
        };
        [2, 0, 1].into_iter().enumerate().map(seed).collect::<Vec<u32>>()
    };
    let panel = |draw: &dyn Fn(usize) -> Picture| expected_number(&[draw(0), draw(1), draw(2), [0; PIXELS]]);
    let mut live = Live::start(&elf, &["--step", "--text", "CAB"], "", LIMIT).unwrap();
    for page in 0..2 {
        let (from, to) = (seeds(page), seeds(page + 1));
        from.iter().for_each(|&seed| expect_digit(&mut live, seed, &host.digit(seed)));
        assert_eq!(live.line().unwrap(), format!("page {page}"));
        host.assert_panel_is(&mut live, &panel(&|place| host.digit(from[place])));
        for _ in 1..8 {
            live.send(b" ").unwrap();
            let line = live.line().unwrap();
            let weight = line.strip_prefix(&format!("page {page} to {}, ", page + 1)).unwrap();
            let weight = weight.strip_suffix(" of 256").unwrap().parse().unwrap();
            let latent = |place: usize| Latent::of_picture(from[place]).blend(&Latent::of_picture(to[place]), weight);
            host.assert_panel_is(&mut live, &panel(&|place| host.draw(&latent(place))));
        }
        live.send(b" ").unwrap();
    }
    live.send(b"q").unwrap();
    assert_eq!(live.finish().unwrap().0, 0);
    // Without a word, all classes are shown; a letter that there is not is an error, and so is a word without names.
    let mut live = Live::start(&elf, &["--step"], "", LIMIT).unwrap();
    let first = host.model.model().digits().of(0)[0];
    expect_digit(&mut live, first, &host.digit(first));
    live.send(b"q").unwrap();
    assert_eq!(live.finish().unwrap().0, 0);
    for (arguments, sentence) in [
        (["--text", "CAX"], "show: the model in flash has no seeds for the letter X"),
        (["--step", "--text"], "show: --text needs a word after it"),
    ] {
        assert_eq!(qemu::run(&elf, &arguments, LIMIT).unwrap().text().trim_end(), sentence);
    }
}

#[test]
fn the_leds_count_with_one_digit() {
    let host = Host::of(LAMPS_BOARD);
    let mut live = show_with(LAMPS_BOARD, &["--number", "2028"], "");
    for number in [8, 9, 0, 1] {
        let seed = host.seed_of_place(number, 0, 1);
        expect_digit(&mut live, seed, &host.digit(seed));
        assert_eq!(live.line().unwrap(), format!("number {number}"));
        (1..8).for_each(|_| _ = weight_of_number(&mut live, number, (number + 1) % 10));
    }
    live.send(b"q").unwrap();
    assert_eq!(live.finish().unwrap().0, 0);
}

#[test]
fn each_led_is_lit_in_proportion_to_the_brightness_of_its_part_of_the_digit() {
    /// Three rows with nine slots each.
    const TURN: usize = 27;
    let host = Host::of(LAMPS_BOARD);
    for seed in [1_u32, 5, 67] {
        let picture = host.digit(seed);
        let mut live = show(LAMPS_BOARD, seed, gpio_trace::EVENT);
        expect_digit(&mut live, seed, &picture);
        let written = || gpio_trace::levels_written(&live.trace()?);
        let before = written().unwrap().len();
        // Three turns later nothing of what was shown before is left in the last two.
        let three_turns = || Ok(Some(written()?).filter(|writes| writes.len() >= before + 3 * TURN));
        let writes = live.wait_for(three_turns).unwrap();
        let turns = &writes[writes.len() - 2 * TURN..];
        let expected = leds::levels(&picture).map(|row| row.map(|level| 2 * usize::from(level)));
        assert_eq!(gpio_trace::times_lit(turns).unwrap(), expected, "seed {seed}");
        assert!(expected != [[0; 5]; 5], "seed {seed} is dark");
        live.send(b"q").unwrap();
        assert_eq!(live.finish().unwrap().0, 0);
    }
}

#[test]
fn without_step_the_display_continues_by_itself_until_q_is_received() {
    let elf = firmware::elf_for(firmware::board(OLED_BOARD), "show").unwrap();
    let mut live = Live::start(&elf, &[], "", LIMIT).unwrap();
    while live.line().unwrap() != "number 2" {}
    live.send(b"q").unwrap();
    assert_eq!(live.finish().unwrap().0, 0);
}

#[test]
fn the_console_shows_digits_and_morphs_on_an_oled() {
    // Built before the time limit begins.
    program::path();
    for board in [OLED_BOARD, PICO] {
        the_console_shows_digits_on(board);
    }
}

fn the_console_shows_digits_on(board: &str) {
    let host = Host::of(board);
    let elf = firmware::elf_for(firmware::board(board), "console").unwrap();
    let mut live = Live::start_for_others(&elf, LIMIT).unwrap();
    let nothing = [[0; PIXELS]; 4];
    program::succeed(&format!("device show --seed 67 --port {}", live.port()));
    host.assert_panel_shows(&mut live, &host.digit(67), &nothing);
    let six = host.model.model().digits().of(6)[0];
    program::succeed(&format!("device show --class 6 --port {}", live.port()));
    host.assert_panel_shows(&mut live, &host.digit(six), &nothing);
    program::succeed(&format!("device morph --from 67 --to 69 --frames 3 --port {}", live.port()));
    host.assert_panel_shows(&mut live, &host.digit(69), &nothing);
}

#[test]
fn a_program_that_falls_silent_is_killed_at_its_time_limit() {
    let elf = firmware::elf_for(firmware::board(OLED_BOARD), "show").unwrap();
    let (start, limit) = (Instant::now(), Duration::from_secs(3));
    let mut live = Live::start(&elf, &["--step"], "", limit).unwrap();
    let error = loop {
        if let Err(error) = live.line() {
            break error;
        }
    };
    assert_eq!(error.to_string(), "no line came over the serial line in time");
    assert_eq!(live.finish().unwrap_err().to_string(), "the program did not end");
    assert!((limit..2 * limit).contains(&start.elapsed()), "it took {:?}", start.elapsed());
}

#[test]
fn a_board_without_a_display_and_invalid_arguments_are_reported() {
    let elf = |board| firmware::elf_for(firmware::board(board), "show").unwrap();
    for (board, arguments, status, sentence) in [
        (firmware::DEFAULT_BOARD, &[][..], 6, "show: mps2-an386 has no display"),
        (OLED_BOARD, &["--seed", "x"], 2, "show: --seed needs a number from 0 to 4294967295, not \"x\""),
        (
            OLED_BOARD,
            &["--count", "1"],
            2,
            "show: unknown argument \"--count\"; the options are --number N, --seed S, --text WORD, --step",
        ),
    ] {
        let run = qemu::run(&elf(board), arguments, LIMIT).unwrap();
        assert_eq!((run.status, run.text().trim_end()), (status, sentence));
    }
}

/// The deepest stack of `show` during some digits or numbers from 0 on and the frames between them.
fn stack_of_show(board: &str, shown: &str) -> u64 {
    let mut live = show_with(board, &["--step", &format!("--{shown}"), "0"], "");
    for _digits_and_between in 0..17 {
        while !live.line().unwrap().starts_with(shown) {}
        live.send(b" ").unwrap();
    }
    live.send(b"q").unwrap();
    let (status, log) = live.finish().unwrap();
    assert_eq!(status, 0);
    deepest_stack(&log)
}

#[test]
fn show_stays_within_the_ram_budget_of_draw_and_needs_no_frame_buffer() {
    for board in [OLED_BOARD, LAMPS_BOARD] {
        let stack = ["seed", "number"].map(|shown| stack_of_show(board, shown)).into_iter().max().unwrap();
        let elf = firmware::elf_for(firmware::board(board), "show").unwrap();
        let Sizes { flash, static_ram } = Sizes::of(&fs::read(elf).unwrap()).unwrap();
        let model = fs::metadata(firmware::model_file(firmware::board(board).models[0])).unwrap().len();
        println!(
            "show, {board}: {flash} bytes of flash ({model} the model), {static_ram} of static RAM, {stack} of stack"
        );
        assert!(flash <= model + 32 * KIB, "{flash} bytes of flash on {board}");
        assert!(static_ram + stack <= 6 * KIB, "{static_ram} + {stack} bytes of RAM on {board}");
    }
}

#[test]
fn the_examples_of_other_displays_compile_for_the_stm32f405() {
    let target = firmware::board("netduinoplus2").target;
    firmware::build(&["--quiet", "--package", "pocketgan-example-stm32f405", "--target", target]).unwrap();
}
