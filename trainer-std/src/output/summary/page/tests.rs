use super::super::history::tests::{example, history};
use super::*;
use std::fs;

/// A run in a folder called `name` that has gone through two of four epochs, and what its page is like.
fn page(name: &str, files: &[&str], floor: Option<&History>) -> String {
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(Some(&place.path().join(name))).unwrap();
    for file in files {
        fs::write(folder.path().join(file), b"").unwrap();
    }
    write(&folder, &Config::example(4), 2, &example(), floor).unwrap();
    read(&folder, place.path())
}

/// The page in `folder`, with the path to that folder shortened.
fn read(folder: &RunFolder, place: &Path) -> String {
    let text = fs::read_to_string(folder.page()).unwrap();
    text.replace(&place.display().to_string(), "runs")
}

/// What the page refers to, in quotation marks behind `attribute`.
fn references<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    page.split(&format!(" {attribute}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn every_figure_is_a_column_of_the_metrics() {
    let columns: Vec<&str> = crate::training::metrics::HEADER.split(',').collect();
    assert!(LAST_EPOCH.iter().chain(EVALUATION).all(|(column, ..)| columns.contains(column)));
}

#[test]
fn a_page_shows_and_links_what_is_there_and_nothing_else() {
    let bare = page("0001", &[], None);
    assert!(references(&bare, "src").is_empty());
    assert_eq!(references(&bare, "href"), Vec::<&str>::new());
    let grid = "samples/epoch-00001-grid.png";
    let later = "samples/epoch-00051-grid.png";
    let full = page(
        "0001",
        &["losses.svg", "quality.svg", "animation.gif", grid, later, "metrics.csv", "model-int8.html"],
        None,
    );
    assert_eq!(references(&full, "src"), ["animation.gif", "losses.svg", "quality.svg", grid]);
    assert_eq!(references(&full, "href"), ["model-int8.html", grid, "metrics.csv"]);
}

#[test]
fn a_page_shows_figures_beside_those_of_real_images_and_the_configuration() {
    let floor = history("frechet_distance,recall\n1.5,0.875\n");
    let page = page("0001", &[], Some(&floor));
    for telling in [
        "epoch 2 of 4",
        "<td>1.500</td>",
        "<td>75.0 %</td>",
        "<td>16.25</td><td>16.25</td><td>1.50</td>",
        "<td>50.0 %</td><td>50.0 %</td><td>87.5 %</td>",
        "<th scope=\"row\">learning_rate_g</th><td>0.0002</td>",
        "<th scope=\"row\">ema</th><td>0.0</td>",
    ] {
        assert!(page.contains(telling), "no {telling} in {page}");
    }
}

/// The commands that a page suggests.
fn commands(page: &str) -> String {
    page.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap().to_owned()
}

#[test]
fn a_finished_run_can_be_made_longer_unless_its_learning_rates_have_decayed() {
    let of = |lr_decay| {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(Some(&place.path().join("0001"))).unwrap();
        let mut config = Config::example(2);
        config.recipe.lr_decay = lr_decay;
        write(&folder, &config, 2, &example(), None).unwrap();
        commands(&read(&folder, place.path()))
    };
    assert!(of(false).starts_with("pocketgan train --resume runs/0001 --epochs 4\n"), "{}", of(false));
    assert!(of(true).starts_with("pocketgan export runs/0001 "), "{}", of(true));
}

#[test]
fn commands_are_those_that_can_go_on_from_here() {
    let bare = commands(&page("0001", &[], None));
    assert!(bare.starts_with("pocketgan train --resume runs/0001\npocketgan export runs/0001 "), "{bare}");
    assert!(!bare.contains("sample"));
    let exported = commands(&page("0001", &["model-int8.pgan"], None));
    assert!(exported.contains("pocketgan sample runs/0001/model-int8.pgan --morph 67..69"), "{exported}");
}

#[test]
fn the_name_of_a_folder_means_nothing_in_html_or_to_a_shell() {
    let page = page("<b>Tom's & \"x\"", &[], None);
    assert!(page.contains("<h1>&lt;b&gt;Tom&#39;s &amp; &quot;x&quot;</h1>"), "{page}");
    assert!(!page.contains("<b>"));
    assert!(
        page.contains("train --resume &#39;runs/&lt;b&gt;Tom&#39;\\&#39;&#39;s &amp; &quot;x&quot;&#39;\n"),
        "{page}"
    );
    assert_eq!(quoted(Path::new("a b")), "'a b'");
    assert_eq!(quoted(Path::new("runs/0001")), "runs/0001");
}

#[test]
fn every_element_that_is_opened_is_closed() {
    let page = page("0001", &["losses.svg", "animation.gif", "samples/epoch-00001-grid.png", "config.json"], None);
    let mut open = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed)),
            None if ["!doctype", "meta", "img"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
