//! A model as a page that draws in any browser: one file, with nothing to install and no server.
//!
//! The page's parts are in firmware/web: the module that draws, the script, the styles. Here they are put together with a
//! model.

use std::path::Path;

use anyhow::Result;
use base64::prelude::{BASE64_STANDARD, Engine};

use crate::export::model_file::ModelFile;
use crate::output::files::write_whole;
use crate::output::html::escaped;

/// The module, built by `cargo web`.
const MODULE: &[u8] = include_bytes!("../../../firmware/web/pocketgan.wasm");
const STYLE: &str = include_str!("../../../firmware/web/page/page.css");
/// The parts of the script, which are one in the page.
const SCRIPT: [&str; 10] = [
    include_str!("../../../firmware/web/page/module.js"),
    include_str!("../../../firmware/web/page/pictures.js"),
    include_str!("../../../firmware/web/page/gif.js"),
    include_str!("../../../firmware/web/page/address.js"),
    include_str!("../../../firmware/web/page/number.js"),
    include_str!("../../../firmware/web/page/seeds.js"),
    include_str!("../../../firmware/web/page/plane.js"),
    include_str!("../../../firmware/web/page/about.js"),
    include_str!("../../../firmware/web/page/files.js"),
    include_str!("../../../firmware/web/page/main.js"),
];

/// Writes a page that draws from `model`, called `name` there, to `out`.
///
/// # Errors
/// If the model is not valid, or the page cannot be written.
pub(crate) fn write_page(model: &ModelFile, name: &str, out: &Path) -> Result<()> {
    model.model()?;
    write_whole(out, page(model, name).as_bytes())
}

/// The document. The text of page.html has each of these in braces.
fn page(model: &ModelFile, name: &str) -> String {
    format!(
        include_str!("../../../firmware/web/page/page.html"),
        name = escaped(name),
        style = STYLE,
        module = BASE64_STANDARD.encode(MODULE),
        model = BASE64_STANDARD.encode(model.bytes()),
        script = SCRIPT.join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_module_and_the_model_and_asks_for_nothing_else() {
        let page = page(&ModelFile::new(b"a model, say"), "x.pgan");
        assert!(page.contains(&BASE64_STANDARD.encode(MODULE)));
        assert!(page.contains(r#"data-name="x.pgan">YSBtb2RlbCwgc2F5</script>"#));
        for request in [" src=", "http:", "https:", "@import", "url(", "import ", "fetch("] {
            assert!(!page.contains(request), "{request}");
        }
    }

    #[test]
    fn the_name_of_a_model_means_nothing_in_html() {
        let page = page(&ModelFile::new(b""), r#""><script>alert('{model}')</script>"#);
        assert!(page.contains("&quot;&gt;&lt;script&gt;alert(&#39;{model}&#39;)&lt;/script&gt;"));
        assert_eq!(page.matches("<script").count(), 3);
    }

    #[test]
    fn what_is_no_model_makes_no_page() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("x.html");
        assert!(write_page(&ModelFile::new(b"GIF89a"), "x", &out).is_err());
        assert!(!out.exists());
    }
}
