//! The page of `pocketgan export --format html`, in a real browser: it draws what the PC and devices draw.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, format};
use pocketgan_emulation::firmware;
use pocketgan_tests::browser::{ARROW_DOWN, ARROW_RIGHT, Browser};
use pocketgan_tests::{images, model::ModelFile, pictures, program};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// A browser, and a page of a model in a folder.
pub(crate) struct Page {
    browser: Browser,
    folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) model: PathBuf,
}

impl Page {
    /// The page of a committed model.
    pub(crate) fn of(model: &str) -> Self {
        Self::of_file(firmware::model_file(model), tempdir().unwrap())
    }

    fn of_file(model: PathBuf, folder: TempDir) -> Self {
        let path = folder.path().join("digits.html");
        let said = program::succeed(&format!("export {} --out {}", model.display(), path.display()));
        assert_eq!(said, format!("{}\n", path.display()));
        let page = Self { browser: Browser::start(), folder, path, model };
        page.open("");
        page
    }

    /// Opens the page, at a part of it that is said behind a `#`.
    pub(crate) fn open(&self, part: &str) {
        self.browser.open(&self.path, part);
        // All that it draws at first is there.
        self.browser.wait_for("document.querySelectorAll('#seeds canvas').length === 64");
    }

    /// The bytes of the pictures on the canvases of this selector, one after the other, each row by row.
    fn pixels(&self, selector: &str) -> Vec<u8> {
        // From a copy: the browser warns of pages that read their canvases again and again.
        let script = format!(
            "return [...document.querySelectorAll('{selector}')].flatMap((canvas) => {{
                const [width, height] = [canvas.width, canvas.height];
                const copy = new OffscreenCanvas(width, height).getContext('2d', {{ willReadFrequently: true }});
                copy.drawImage(canvas, 0, 0);
                return [...copy.getImageData(0, 0, width, height).data];
            }})"
        );
        let rgba = self.browser.run(&script);
        let rgba: Vec<u8> = rgba.as_array().unwrap().iter().map(|byte| byte.as_u64().unwrap() as u8).collect();
        pictures::greys(&rgba)
    }

    /// The bytes of the number that is shown, when it has stopped to change.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.browser.wait_for("document.getElementById('written').getAttribute('aria-busy') === 'false'");
        self.pixels("#written canvas")
    }

    fn text(&self, selector: &str) -> String {
        let text = self.browser.run(&format!("return document.querySelector('{selector}').textContent"));
        text.as_str().unwrap().to_owned()
    }

    fn value(&self, expression: &str) -> Value {
        self.browser.run(&format!("return {expression}"))
    }

    /// Drops a file with this content and returns what the page says then.
    fn drop_bytes(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        self.drop_file(&path)
    }

    fn drop_file(&self, path: &Path) -> String {
        self.browser.run("document.getElementById('message').hidden = true");
        self.browser.drop_file(path);
        self.browser.wait_for("!document.getElementById('message').hidden");
        self.text("#message-text")
    }

    /// Waits until a file was downloaded, and returns its bytes.
    fn download(&self, button: &str, name: &str) -> Vec<u8> {
        self.browser.click(button);
        let path = self.browser.downloads().join(name);
        for _ in 0..200 {
            // An empty file holds its place until it is whole.
            if fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
                return fs::read(path).unwrap();
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{name} was not saved");
    }

    /// Asserts that the page has reported no error and requested nothing but itself.
    fn assert_quiet(&self) {
        assert_eq!(self.browser.errors(), Vec::<Value>::new());
        let itself = format!("file://{}", self.path.display());
        let others: Vec<String> = self.browser.requests().into_iter().filter(|url| *url != itself).collect();
        assert_eq!(others, Vec::<String>::new());
    }
}

/// The pictures that `pocketgan sample` draws with these options.
pub(crate) fn sampled(model: &Path, options: &str) -> Vec<u8> {
    let folder = tempdir().unwrap();
    let idx = folder.path().join("x.idx");
    program::succeed(&format!("sample {} {options} --out {}", model.display(), idx.display()));
    fs::read(idx).unwrap().split_off(16)
}

/// The picture of a latent.
fn drawn(model: &Path, latent: &Latent) -> Vec<u8> {
    let mut picture = [0; 784];
    ModelFile::read(model).model().draw(latent, &mut picture);
    picture.to_vec()
}

/// A model like the one at `path`, with no seeds for digits.
fn without_digit_seeds(path: &Path, folder: &Path) -> PathBuf {
    let (bytes, file) = (fs::read(path).unwrap(), ModelFile::read(path));
    let model = file.model();
    let contents: Vec<&[u8]> = model.sections().map(|(section, at)| &bytes[at..at + section.len]).collect();
    let mut made = vec![0; format::encoded_len(model.header(), &DigitSeeds::NONE, model.metadata()).unwrap()];
    format::encode(model.header(), &DigitSeeds::NONE, &contents, model.metadata(), &mut made).unwrap();
    let out = folder.join("bare.pgan");
    fs::write(&out, made).unwrap();
    out
}

#[test]
fn a_model_whose_classes_have_names_is_asked_for_words() {
    let folder = tempdir().unwrap();
    let model = ModelFile::read(&firmware::model_file("mnist-int8")).write_with_letters(folder.path());
    let page = Page::of_file(model, folder);
    assert_eq!((page.text("#number-title"), page.text("#digits-label")), ("Write a word".into(), "Word".into()));
    page.open("#text=BADGE&variant=3");
    assert_eq!(page.written(), sampled(&page.model, "--text BADGE --variant 3"));
    page.browser.type_into("#digits", "BAZ");
    assert_eq!(page.text("#number-problem"), "There are A, B, C, D, E, F, G, H, I, J.");
    page.assert_quiet();
}

#[test]
fn a_page_is_made_of_a_run_a_checkpoint_or_a_model_with_the_model_inside() {
    let folder = tempdir().unwrap();
    let images = images::write(folder.path(), 100);
    let here = folder.path().display();
    program::succeed(&format!("train --epochs 1 --data {} --out {here}/run", images.display()));
    let page = |source: &str, options: &str| {
        program::succeed(&format!("export {here}/{source} --format html --out {here}/x {options}"));
        fs::read_to_string(folder.path().join("x")).unwrap()
    };
    let model = |precision: &str| {
        program::succeed(&format!("export {here}/run --precision {precision} --out {here}/{precision}.pgan"));
        format!(
            ">{}</script>",
            BASE64_STANDARD.encode(fs::read(folder.path().join(format!("{precision}.pgan"))).unwrap())
        )
    };
    let (int8, f32) = (model("int8"), model("f32"));
    for (source, options, model) in [
        ("run", "", &int8),
        ("run/checkpoints/epoch-00001-batch-00000.ckpt", "--precision f32", &f32),
        ("run/model-int8.pgan", "", &int8),
        ("f32.pgan", "", &f32),
    ] {
        assert!(page(source, options).contains(model), "{source} {options}");
    }
    assert!(fs::read_to_string(folder.path().join("run/model-int8.html")).unwrap().contains(&int8));
}

#[test]
fn an_order_that_makes_no_page_is_refused_with_the_reason_and_nothing_is_written() {
    let folder = tempdir().unwrap();
    let (model, out) = (firmware::model_file("mnist-int8"), folder.path().join("x.html"));
    let damaged = folder.path().join("damaged.pgan");
    fs::write(&damaged, &fs::read(&model).unwrap()[..5000]).unwrap();
    let model = model.display();
    for (line, telling) in [
        (format!("{model} --precision int4"), "--precision: "),
        (format!("{model} --best"), "taken as it is"),
        (format!("{model} --data nowhere"), "--data: "),
        (format!("{model} --network discriminator"), "a page draws"),
        (format!("{model} --format onnx"), "is a model already"),
        (format!("{model} --format pgan --precision int8"), "is a model already"),
        (damaged.display().to_string(), "damaged.pgan: 5000 bytes where the model has 271631"),
        (format!("{}/nothing.pgan", folder.path().display()), "cannot be read"),
    ] {
        let error = program::fail(&format!("export {line} --out {}", out.display()));
        assert!(error.contains(telling), "{error}");
        assert!(!out.exists(), "{line}");
    }
}

#[test]
fn a_typed_number_is_drawn_to_the_byte_as_sample_draws_it() {
    for (model, variants) in [("mnist-int8", &[0, 3, 15][..]), ("mnist-mixed", &[1]), ("mnist-int4", &[2])] {
        let page = Page::of(model);
        page.browser.type_into("#digits", "2026");
        for variant in variants {
            page.browser.type_into("#variant", &variant.to_string());
            let expected = sampled(&page.model, &format!("--digits 2026 --variant {variant}"));
            assert!(page.written() == expected, "{model}, variant {variant}");
        }
        assert!(sampled(&page.model, "--count 64") == page.pixels("#seeds canvas"), "{model}: the seeds from 0 on");
        page.assert_quiet();
    }
}

#[test]
fn every_variant_is_shown_and_can_be_chosen_stepped_to_and_played() {
    let page = Page::of("mnist-int8");
    page.browser.type_into("#digits", "7");
    page.browser.wait_for("document.querySelector('#variants canvas').width === 28");
    let all: Vec<u8> =
        (0..16).flat_map(|variant| sampled(&page.model, &format!("--digits 7 --variant {variant}"))).collect();
    assert!(page.pixels("#variants canvas") == all);
    let variant = |at: usize| all[at * 784..][..784].to_vec();
    page.browser.click("#variants li:nth-child(5) button");
    assert!(page.written() == variant(4));
    page.browser.click("#next-variant");
    assert!(page.written() == variant(5));
    page.browser.click("#play");
    page.browser.wait_for("document.getElementById('variant').value === '8'");
    page.browser.click("#play");
    page.browser.type_into("#variant", "15");
    page.browser.click("#next-variant");
    assert!(page.written() == variant(0), "the first comes after the last");
    page.assert_quiet();
}

#[test]
fn what_is_no_number_is_said_and_nothing_is_drawn() {
    let page = Page::of("mnist-int8");
    page.browser.type_into("#digits", "20x6");
    assert_eq!(page.text("#number-problem"), "A number has only digits from 0 to 9.");
    assert!(page.pixels("#written canvas").is_empty());
    page.browser.type_into("#digits", "206");
    assert_eq!(page.text("#number-problem"), "");
    assert!(page.written() == sampled(&page.model, "--digits 206"));
    page.browser.type_into("#from", "-1");
    assert_eq!(page.value("document.getElementById('from').getAttribute('aria-invalid')"), "true");
    page.assert_quiet();
}

#[test]
fn sliders_keys_and_the_mouse_move_between_seeds_and_across_the_plane_to_the_byte() {
    let page = Page::of("mnist-int8");
    let [a, b, c] = [9, 67, 4_294_967_295].map(Latent::of_picture);
    page.browser.type_into("#from", "9");
    page.browser.type_into("#to", "67");
    assert!(page.pixels("#large") == drawn(&page.model, &a));
    for weight in 1..=3 {
        page.browser.press("#weight", ARROW_RIGHT);
        assert!(page.pixels("#large") == drawn(&page.model, &a.blend(&b, weight)), "weight {weight}");
    }
    for (input, seed) in [("#origin", "9"), ("#right", "67"), ("#down", "4294967295")] {
        page.browser.type_into(input, seed);
    }
    let at = |u, v| drawn(&page.model, &a.on_plane(&b, &c, u, v));
    page.browser.drag("#map", [0.1, 0.2], [0.75, 0.5]);
    let [u, v] = ["u", "v"]
        .map(|id| page.value(&format!("Number(document.getElementById('{id}').value)")).as_i64().unwrap() as i16);
    assert!(u.abs_diff(192) <= 1 && v.abs_diff(128) <= 1, "at {u}, {v}");
    assert!(page.pixels("#point") == at(u, v));
    page.browser.press("#map", &[ARROW_RIGHT, ARROW_DOWN, ARROW_DOWN].concat());
    assert!(page.pixels("#point") == at(u + 8, v + 16));
    page.browser.press("#u", ARROW_RIGHT);
    assert!(page.pixels("#point") == at(u + 9, v + 16));
    let corner: Vec<u8> = page.pixels("#mosaic").chunks(252).take(28).flat_map(|row| row[224..].to_vec()).collect();
    assert!(corner == at(256, 0), "the map's top right picture is that of the second seed");
    page.assert_quiet();
}

#[test]
fn an_address_can_be_shared_and_shows_the_same_again() {
    let page = Page::of("mnist-int8");
    let draw = |seed| drawn(&page.model, &Latent::of_picture(seed));
    for (part, canvas, expected) in [
        ("#seed=70", "#large", draw(70)),
        (
            "#morph=67..69&at=128",
            "#large",
            drawn(&page.model, &Latent::of_picture(67).blend(&Latent::of_picture(69), 128)),
        ),
        ("#plane=3,2,1&at=0,256", "#point", draw(1)),
        ("#digits=190&variant=9", "#written canvas", sampled(&page.model, "--digits 190 --variant 9")),
        ("#seed=4294967296", "#large", draw(4)),
        ("#digits=<b>&seed=4x&plane=1,2&morph=..&at=", "#large", draw(4)),
    ] {
        page.open(part);
        assert!(page.pixels(canvas) == expected, "{part}");
    }
    page.browser.click("#seeds li:nth-child(12) a");
    page.browser.wait_for("location.hash === '#seed=11'");
    assert!(page.pixels("#large") == draw(11));
    page.browser.type_into("#digits", "33");
    page.browser.wait_for("location.hash === '#digits=33&variant=0'");
    page.browser.run("history.back()");
    page.assert_quiet();
}

#[test]
fn the_page_says_of_a_model_what_inspect_says() {
    let page = Page::of("mnist-int8");
    let inspected = program::succeed(&format!("inspect {}", page.model.display()));
    assert_eq!(page.text("#inspect"), inspected);
    assert!(inspected.contains("provenance.recipe") && page.text("#summary").contains("mnist-int8.pgan"));
    page.assert_quiet();
}

#[test]
fn a_dropped_model_replaces_the_old_one_and_other_files_are_refused_with_the_reason() {
    let page = Page::of("mnist-int8");
    let int4 = firmware::model_file("mnist-int4");
    assert_eq!(page.drop_file(&int4), "mnist-int4.pgan is open.");
    page.browser.wait_for("document.title.startsWith('mnist-int4.pgan')");
    assert!(page.written() == sampled(&int4, "--digits 2026"));
    assert_eq!(page.text("#inspect"), program::succeed(&format!("inspect {}", int4.display())));
    let good = fs::read(&page.model).unwrap();
    let mut damaged = good.clone();
    damaged[100_000] ^= 1;
    for (name, bytes, reason) in [
        ("damaged.pgan", &damaged[..], "the model is damaged: its checksum is"),
        ("cut.pgan", &good[..1000], "1000 bytes where the model has 271631"),
        ("empty.pgan", &[], "not a pocketgan model file"),
        ("<i>.png", b"\x89PNG\r\n\x1a\n", "not a pocketgan model file"),
    ] {
        let said = page.drop_bytes(name, bytes);
        assert!(said.starts_with(&format!("{name} was not opened")) && said.contains(reason), "{said}");
    }
    let huge = page.folder.path().join("huge.pgan");
    File::create(&huge).unwrap().set_len(5 << 30).unwrap();
    let said = page.drop_file(&huge);
    assert!(
        said.contains("still draws from mnist-int4.pgan") && said.contains("5,368,709,120 bytes are more"),
        "{said}"
    );
    page.browser.type_into("#digits", "5");
    assert!(page.written() == sampled(&int4, "--digits 5"));
    page.browser.press("#file", &firmware::model_file("mnist-mixed").display().to_string());
    page.browser.wait_for("document.title.startsWith('mnist-mixed.pgan')");
    page.assert_quiet();
}

#[test]
fn a_model_without_seeds_for_digits_draws_by_seed_and_the_page_says_what_to_do() {
    let folder = tempdir().unwrap();
    let model = without_digit_seeds(&firmware::model_file("mnist-int8"), folder.path());
    let page = Page::of_file(model, folder);
    assert!(page.text("#number-problem").contains("`pocketgan digits` writes them into its file"));
    assert_eq!(page.value("document.getElementById('digits').checkVisibility()"), false);
    assert!(page.pixels("#seeds canvas") == sampled(&page.model, "--count 64"));
    page.drop_file(&firmware::model_file("mnist-int8"));
    page.browser.wait_for("document.getElementById('digits').checkVisibility()");
    assert!(page.written() == sampled(&firmware::model_file("mnist-int8"), "--digits 2026"));
    page.assert_quiet();
}

#[test]
fn saved_files_hold_the_pictures_that_are_shown() {
    let page = Page::of("mnist-int8");
    let expected = sampled(&page.model, "--digits 2026");
    let row = pictures::png(&page.download("#number-png", "2026-0.png"));
    let side = 28 * 8;
    assert_eq!([row.width, row.height], [4 * side, side]);
    for (at, &byte) in expected.iter().enumerate() {
        let (digit, y, x) = (at / 784, at % 784 / 28, at % 28);
        let shown = row.pixels[(y * 8 + 3) * row.width + digit * side + x * 8 + 3];
        assert_eq!(shown, byte, "digit {digit}, row {y}, column {x}");
    }
    let morph = page.folder.path().join("morph.gif");
    program::succeed(&format!("sample {} --morph 4..1 --out {}", page.model.display(), morph.display()));
    let [saved, sampled] =
        [page.download("#digit-gif", "morph-4-1.gif"), fs::read(morph).unwrap()].map(|gif| pictures::gif(&gif));
    assert!(saved == sampled, "{} frames, {} of `sample`", saved.len(), sampled.len());
    let variants = pictures::gif(&page.download("#number-gif", "2026.gif"));
    assert_eq!(variants.len(), 16 * 8);
    page.assert_quiet();
}

#[test]
fn ten_thousand_pictures_take_no_more_memory() {
    let page = Page::of("mnist-int8");
    // Through the inputs, as a user does.
    let draw = "return (async () => {
        const input = document.getElementById('from');
        for (let i = 0; i < 5000; i++) { input.value = i; input.dispatchEvent(new Event('input')); pocketgan.draw(i); }
        gc(); await new Promise((settled) => setTimeout(settled, 1000)); gc();
        return [performance.memory.usedJSHeapSize, pocketgan.memory, document.getElementsByTagName('*').length] })()";
    let [first, second] = [0, 1].map(|_| page.browser.run(draw));
    let [heap, memory, elements] = [0, 1, 2].map(|at| [&first, &second].map(|value| value[at].as_u64().unwrap()));
    assert!(heap[1] < heap[0] + 500_000, "the script's memory grows from {} to {} bytes", heap[0], heap[1]);
    assert_eq!((memory[0], elements[0]), (memory[1], elements[1]));
    assert!(memory[0] < 1 << 20, "the module takes {} bytes", memory[0]);
    page.assert_quiet();
}

#[test]
fn a_model_that_was_replaced_or_refused_takes_no_memory() {
    let page = Page::of("mnist-int8");
    for _ in 0..10 {
        page.drop_file(&page.model);
        page.drop_bytes("bad.pgan", &fs::read(&page.model).unwrap()[1..]);
    }
    assert_eq!(page.browser.live_objects("WebAssembly.Memory"), 1);
    page.assert_quiet();
}

#[test]
fn the_page_fits_a_desktop_and_a_phone_and_everything_has_a_name_for_screen_readers() {
    let page = Page::of("mnist-int8");
    let kept = program::repository().join("target/web-page");
    fs::create_dir_all(&kept).unwrap();
    for (width, mobile) in [(1200, false), (390, true)] {
        for scheme in ["light", "dark"] {
            let size = json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": mobile });
            page.browser.cdp("Emulation.setDeviceMetricsOverride", size);
            let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            page.browser.cdp("Emulation.setEmulatedMedia", feature);
            page.open("");
            page.written();
            assert_eq!(page.value("document.documentElement.scrollWidth"), width, "it scrolls sideways");
            let path = kept.join(format!("{width}-{scheme}.png"));
            File::create(&path).unwrap().write_all(&page.browser.screenshot()).unwrap();
            println!("look at {}", path.display());
        }
    }
    assert_eq!(nameless(&page.browser), Vec::<Value>::new());
    page.assert_quiet();
}

/// What a screen reader could come upon and would have no words for.
fn nameless(browser: &Browser) -> Vec<Value> {
    let tree = browser.cdp("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false);
    let roles = ["button", "textbox", "spinbutton", "slider", "link", "image", "img", "application", "region"];
    let of_interest: Vec<&Value> =
        nodes.filter(|node| roles.iter().any(|role| node["role"]["value"] == *role)).collect();
    assert!(of_interest.len() > 100, "the tree has {} of them only", of_interest.len());
    of_interest.into_iter().filter(|node| node["name"]["value"].as_str().unwrap_or("").is_empty()).cloned().collect()
}
