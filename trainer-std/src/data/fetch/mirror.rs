//! MNIST from a web server that has the files under their usual names, gzipped.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use ureq::Agent;

use crate::data::gzip::unpacked;
use crate::data::known::KnownFile;

/// Public mirrors; the original site is not among them because it no longer serves the files.
pub(super) const ADDRESSES: [&str; 2] =
    ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"];

/// How long to wait for a server to be found, to be reached, and to say anything at all.
const TO_CONNECT: Duration = Duration::from_secs(5);
const TO_ANSWER: Duration = Duration::from_secs(15);
/// A file is 10 MB at most: slower than this and another way is worth trying.
const FOR_A_FILE: Duration = Duration::from_secs(180);

/// A folder on a web server; `address` ends with a slash.
pub(crate) struct Mirror {
    pub(super) address: String,
    pub(super) agent: Agent,
}

impl Mirror {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.into(), agent: patient_agent() }
    }

    pub(super) fn fetch(&self, folder: &Path, files: &[&KnownFile]) -> Result<()> {
        files.iter().try_for_each(|file| self.fetch_file(folder, file))
    }

    fn fetch_file(&self, folder: &Path, file: &KnownFile) -> Result<()> {
        let name = format!("{}.gz", file.name);
        let response = self.agent.get(format!("{}{name}", self.address)).call();
        let content = response.with_context(|| name.clone())?.into_body().into_reader();
        file.store(folder, unpacked(content).context(name)?)
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.address)
    }
}

/// Waits, but not for ever. The proxy is the one the environment names (`HTTPS_PROXY` and its like).
fn patient_agent() -> Agent {
    let config = Agent::config_builder()
        .timeout_resolve(Some(TO_CONNECT))
        .timeout_connect(Some(TO_CONNECT))
        .timeout_recv_response(Some(TO_ANSWER))
        .timeout_per_read(Some(TO_ANSWER))
        .timeout_global(Some(FOR_A_FILE))
        .user_agent(concat!("pocketgan/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}
