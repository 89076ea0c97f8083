//! Networks in the formats of other programs: onnxruntime computes the same from what `pocketgan export` writes, and
//! `pocketgan import` reads it back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::picture::pixel;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::mlp::forward_layer;
use pocketgan_core::nn::network::{Layer, LayerView, Network};
use pocketgan_core::recipe::{Generator, LATENT, WideDiscriminator};
use pocketgan_tests::program::{self, repository};
use pocketgan_tests::{images, python};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// Compared pictures, those of the seeds from 0 on.
const COUNT: usize = 100;
/// The largest difference between the f32 outputs of two programs.
const TOLERANCE: f32 = 1e-5;

/// A folder with a run in `run` that is long enough for its pictures to differ, averages its weights, and has another
/// discriminator than the plain recipe.
fn trained() -> TempDir {
    let folder = tempdir().unwrap();
    let images = images::write(folder.path(), 300);
    let (data, run) = (images.display(), folder.path().join("run"));
    program::succeed(&format!(
        "train --epochs 60 --ema 0.9 --discriminator wide --data {data} --out {}",
        run.display()
    ));
    folder
}

/// Exports `network` of the run in `folder` and returns the file.
fn export(folder: &Path, network: &str, format: &str) -> PathBuf {
    let out = folder.join(format!("{network}.{format}"));
    let run = folder.join("run");
    let said = program::succeed(&format!(
        "export {} --network {network} --format {format} --out {}",
        run.display(),
        out.display()
    ));
    assert_eq!(said, format!("{}\n", out.display()));
    out
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// The outputs for `rows` of a network of `shapes` with the weights of the safetensors file at `path`, by the kernel that
/// draws from f32 models.
fn forward(shapes: &[Layer], path: &Path, mut rows: Vec<f32>) -> Vec<f32> {
    let file = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&file).unwrap();
    for (index, &shape) in shapes.iter().enumerate() {
        let tensor = |name: &str| floats(file.tensor(&format!("layers.{index}.{name}")).unwrap().data());
        let mut y = vec![0.0; rows.len() / shape.inputs * shape.outputs];
        let layer = LayerView { shape, kernel: &tensor("kernel"), bias: &tensor("bias") };
        forward_layer(Isa::PORTABLE, layer, rows.len() / shape.inputs, &rows, &mut y);
        rows = y;
    }
    rows
}

/// The outputs of onnxruntime for `rows`, and the metadata of the model at `path`.
fn infer(python: &Path, path: &Path, [input, output]: [&str; 2], rows: &[f32]) -> (Vec<f32>, Value) {
    let [rows_file, results] = ["rows.f32", "results.f32"].map(|name| path.with_file_name(name));
    fs::write(&rows_file, rows.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let mut command = Command::new("timeout");
    command.arg("120").arg(python).arg(repository().join("tests/onnx/infer.py"));
    let finished = program::finish(command.arg(path).args([input, output]).args([&rows_file, &results]));
    assert_eq!(finished.code, Some(0), "onnxruntime does not take {}: {finished:?}", path.display());
    (floats(&fs::read(results).unwrap()), serde_json::from_str(&finished.out).unwrap())
}

/// Asserts that onnxruntime computes the same outputs for `rows` as the network of this name here, and returns them.
fn compare(
    python: &Path,
    folder: &Path,
    network: &str,
    names: [&str; 2],
    shapes: &[Layer],
    rows: Vec<f32>,
) -> Vec<f32> {
    let (theirs, about) = infer(python, &export(folder, network, "onnx"), names, &rows);
    let widths = json!([["batch", shapes[0].inputs], ["batch", shapes[shapes.len() - 1].outputs]]);
    assert_eq!((&about["shapes"], &about["producer"]), (&widths, &json!("pocketgan")));
    let described: Value = serde_json::from_str(about["metadata"]["pocketgan"].as_str().unwrap()).unwrap();
    assert_eq!((&described["network"], &described["metadata"]["provenance"]["epochs"]), (&json!(network), &json!(60)));
    let ours = forward(shapes, &export(folder, network, "safetensors"), rows);
    assert_eq!(ours.len(), theirs.len());
    // NaN is the largest in this order, and so fails.
    let largest = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).max_by(f32::total_cmp).unwrap();
    println!("{network}: the largest difference is {largest:e}");
    assert!(largest <= TOLERANCE, "{network}: {largest:e}");
    ours
}

fn latents() -> Vec<f32> {
    let mut rows = vec![0.0; COUNT * LATENT];
    for (seed, row) in (0..).zip(rows.chunks_exact_mut(LATENT)) {
        Latent::of_picture(seed).write_f32(row);
    }
    rows
}

/// The pixels that `pocketgan sample` draws from the f32 model at `path`.
fn sampled(path: &Path) -> Vec<u8> {
    let idx = path.with_extension("idx");
    program::succeed(&format!("sample {} --count {COUNT} --out {}", path.display(), idx.display()));
    fs::read(idx).unwrap()[16..].to_vec()
}

#[test]
fn onnxruntime_computes_the_same_pictures_and_logits() {
    let Some(python) = python::with("onnxruntime", &["numpy", "onnxruntime"]) else {
        println!("skipped: this machine has no Python");
        return;
    };
    let folder = trained();
    let compare = |network, names, shapes, rows| compare(&python, folder.path(), network, names, shapes, rows);
    let pictures = compare("generator", ["latent", "pixels"], Generator::LAYERS, latents());
    let pixels: Vec<u8> = pictures.iter().map(|&y| pixel(y)).collect();
    assert!(
        pixels == sampled(&folder.path().join("run/model-f32.pgan")),
        "these are not the pictures of the run's model"
    );
    let logits = compare("discriminator", ["pixels", "logit"], WideDiscriminator::LAYERS, pictures);
    assert!(logits.iter().any(|logit| *logit != logits[0]), "all pictures are judged alike");
}

#[test]
fn an_exported_and_imported_generator_gives_the_same_models() {
    let folder = trained();
    let file = export(folder.path(), "generator", "safetensors");
    let out = folder.path().join("back.pgan");
    for precision in ["f32", "int8"] {
        program::succeed(&format!("import {} --precision {precision} --out {}", file.display(), out.display()));
        assert!(
            fs::read(&out).unwrap() == fs::read(folder.path().join(format!("run/model-{precision}.pgan"))).unwrap()
        );
    }
}

/// The tensors of the safetensors file at `path` as PyTorch would save them: `weight`, `[outputs][inputs]`, and
/// no metadata.
fn as_pytorch(path: &Path) -> Vec<u8> {
    let file = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&file).unwrap();
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> =
        file.iter().map(|(name, tensor)| pytorch_tensor(name, &tensor)).collect();
    let views =
        tensors.iter().map(|(name, shape, data)| (name, TensorView::new(Dtype::F32, shape.clone(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

fn pytorch_tensor(name: &str, tensor: &TensorView<'_>) -> (String, Vec<usize>, Vec<u8>) {
    let &[inputs, outputs] = tensor.shape() else {
        return (name.to_owned(), tensor.shape().to_vec(), tensor.data().to_vec());
    };
    let kernel = tensor.data().as_chunks::<4>().0;
    let weight =
        (0..outputs).flat_map(|output| kernel.iter().skip(output).step_by(outputs)).flatten().copied().collect();
    (name.replace("kernel", "weight"), vec![outputs, inputs], weight)
}

#[test]
fn a_generator_of_another_program_can_be_imported_and_quantised() {
    let folder = trained();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("torch.safetensors"), as_pytorch(&export(folder.path(), "generator", "safetensors"))).unwrap();
    let import = |precision: &str| {
        let (file, out) = (path("torch.safetensors"), path(&format!("{precision}.pgan")));
        program::succeed(&format!("import {} --precision {precision} --out {}", file.display(), out.display()))
    };
    import("f32");
    assert!(sampled(&path("f32.pgan")) == sampled(&path("run/model-f32.pgan")), "it draws other pictures");
    assert!(import("int8").contains("its pixels differ from those of f32 by"));
    let text = program::succeed(&format!("inspect {}", path("int8.pgan").display()));
    assert!(text.contains("int8") && text.contains("  program ") && !text.contains("provenance"), "{text}");
}

#[test]
fn files_without_a_generator_are_rejected_with_name_and_reason_and_nothing_is_written() {
    let folder = trained();
    let path = |name: &str| folder.path().join(name);
    let good = fs::read(export(folder.path(), "generator", "safetensors")).unwrap();
    export(folder.path(), "discriminator", "safetensors");
    fs::write(path("cut.safetensors"), &good[..good.len() - 4]).unwrap();
    fs::write(path("huge.safetensors"), [u64::MAX.to_le_bytes().to_vec(), good].concat()).unwrap();
    fs::write(path("page.safetensors"), "<!DOCTYPE html>\n<title>404</title>").unwrap();
    for (name, telling) in [
        ("cut.safetensors", "not a complete safetensors file"),
        ("huge.safetensors", "header too large"),
        ("run/model-f32.pgan", "it is a model file already"),
        ("page.safetensors", "it is a web page"),
        ("discriminator.safetensors", "it holds a discriminator"),
        ("nowhere.safetensors", "cannot be read"),
        ("run", "cannot be read"),
    ] {
        let out = path("x.pgan");
        let error = program::fail(&format!("import {} --precision f32 --out {}", path(name).display(), out.display()));
        assert!(error.contains(name) && error.contains(telling), "{error}");
        assert!(!out.exists(), "{name} made a model");
    }
}

#[test]
fn an_invalid_export_is_an_error_and_does_not_change_an_existing_file() {
    let folder = trained();
    let run = folder.path().join("run");
    let old = folder.path().join("old.onnx");
    fs::write(&old, "old").unwrap();
    for (options, telling) in [
        ("--precision int8", "always kept as f32"),
        ("--format pgan", "--precision is missing"),
        ("--format pgan --precision f32 --network discriminator", "--format safetensors or onnx"),
        ("--best", "the run was not evaluated; leave --best away"),
    ] {
        let error = program::fail(&format!("export {} --out {} {options}", run.display(), old.display()));
        assert!(error.contains(telling), "{error}");
        assert_eq!(fs::read(&old).unwrap(), b"old");
    }
    let twice = [0, 1].map(|_| {
        program::succeed(&format!("export {} --out {}", run.display(), old.display()));
        fs::read(&old).unwrap()
    });
    assert!(twice[0] == twice[1] && twice[0].len() > 1_000_000, "an export differs from the one before");
}

#[test]
fn a_file_that_is_read_is_never_replaced_by_what_is_made_of_it() {
    let folder = trained();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let file = export(folder.path(), "generator", "safetensors").display().to_string();
    let (model, checkpoint) = (path("run/model-f32.pgan"), path("run/checkpoints/epoch-00060-batch-00000.ckpt"));
    fs::hard_link(&file, path("torch.pgan")).unwrap();
    fs::copy(&model, path("model.png")).unwrap();
    for (input, command) in [
        (path("torch.pgan"), "import INPUT --precision int8 --out INPUT"),
        (checkpoint, "export INPUT --precision int8 --out INPUT"),
        (model, "export INPUT --format html --out INPUT"),
        (path("model.png"), "sample INPUT --out INPUT"),
    ] {
        let before = fs::read(&input).unwrap();
        let error = program::fail(&command.replace("INPUT", &input));
        assert!(error.contains("this is the file that is read") && error.contains(&input), "{error}");
        assert!(fs::read(&input).unwrap() == before, "{command} changed its input");
    }
}

#[test]
fn a_model_is_not_written_under_the_name_of_another_format() {
    let folder = trained();
    let file = export(folder.path(), "generator", "safetensors");
    let model = folder.path().join("run/model-f32.pgan");
    for command in [format!("import {} --precision f32", file.display()), format!("digits {}", model.display())] {
        for name in ["x.onnx", "x.HTML", "x.safetensors"] {
            let out = folder.path().join(name);
            let error = program::fail(&format!("{command} --out {}", out.display()));
            assert!(error.contains("the file will be a .pgan model"), "{error}");
            assert!(!out.exists(), "{command} wrote {name}");
        }
    }
}
