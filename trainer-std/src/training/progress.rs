//! What a training shows while it runs: a bar on a terminal, plain lines where there is none.

use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::output::printable::escaped;
use crate::output::terminal;
use crate::training::sums::Means;

pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    epochs: u32,
    /// Seconds of the epochs that this process has run.
    spent: f64,
    run: u32,
}

impl Progress {
    /// `done` of `epochs` epochs of `batches` batches are behind us.
    pub(crate) fn start(epochs: u32, done: u32, batches: usize) -> Self {
        let bar = terminal::can_redraw().then(|| bar(epochs, done, batches));
        Self { bar, epochs, spent: 0.0, run: 0 }
    }

    /// Batch `batch` of the epoch after `done` ones is done.
    pub(crate) fn batch(&self, done: u32, batch: usize, batches: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(u64::from(done) * batches as u64 + batch as u64);
        }
    }

    /// Epoch `epoch` (counted from 1) is done.
    pub(crate) fn epoch(&mut self, epoch: u32, means: &Means, seconds: f64) {
        self.spent += seconds;
        self.run += 1;
        let left = self.spent / f64::from(self.run) * f64::from(self.epochs - epoch);
        let line = format!(
            "epoch {epoch}/{}  d_loss {:.3}  g_loss {:.3}  {seconds:.2} s/epoch  {:#} left",
            self.epochs,
            means.d_loss,
            means.g_loss,
            HumanDuration(Duration::from_secs_f64(left))
        );
        match &self.bar {
            Some(bar) => bar.set_message(line),
            None => terminal::progress(line),
        }
    }

    /// Shows lines above the bar, in the place of those before.
    pub(crate) fn show(&self, lines: String) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(lines);
        }
    }

    /// Shows a line of its own.
    pub(crate) fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(escaped(line)),
            None => terminal::progress(line),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}

fn bar(epochs: u32, done: u32, batches: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::from(epochs) * batches as u64);
    let style = ProgressStyle::with_template("{prefix}{bar:10}  {wide_msg}").expect("the template is well formed");
    bar.set_style(style);
    bar.set_position(u64::from(done) * batches as u64);
    bar.set_message(format!("epoch {}/{epochs}", done + 1));
    bar
}
