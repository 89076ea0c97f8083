//! QEMU's monitor by QMP: commands and answers in JSON, a line each (QEMU's docs/interop/qmp-spec).

use crate::live::remaining;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    time::Instant,
};

/// A connection to the monitor.
#[derive(Debug)]
pub(crate) struct Monitor {
    connection: BufReader<UnixStream>,
    greeted: bool,
    end: Instant,
}

impl Monitor {
    /// A connection on which nothing was said yet. Nothing waits longer than until `end`.
    pub(crate) fn new(connection: UnixStream, end: Instant) -> Self {
        Self { connection: BufReader::new(connection), greeted: false, end }
    }

    /// Waits for QEMU's greeting and answers it, after which it takes commands.
    fn greet(&mut self) -> Result<()> {
        let greeting = self.read()?;
        ensure!(greeting.get("QMP").is_some(), "QEMU's monitor greets with {greeting}");
        self.greeted = true;
        self.run("qmp_capabilities", &json!({}))
    }

    /// Gives a command and waits until it is done.
    ///
    /// # Errors
    /// If QEMU refuses it or does not answer in time.
    pub(crate) fn run(&mut self, command: &str, arguments: &Value) -> Result<()> {
        if !self.greeted {
            self.greet()?;
        }
        let line = json!({ "execute": command, "arguments": arguments });
        writeln!(self.connection.get_mut(), "{line}").context("QEMU's monitor does not listen")?;
        loop {
            let answer = self.read()?;
            if let Some(error) = answer.get("error") {
                bail!("QEMU's monitor refuses {command}: {error}");
            }
            // What else may come in between is news of events.
            if answer.get("return").is_some() {
                return Ok(());
            }
        }
    }

    fn read(&mut self) -> Result<Value> {
        self.connection.get_ref().set_read_timeout(Some(remaining(self.end)?))?;
        let mut line = String::new();
        self.connection.read_line(&mut line).context("QEMU's monitor does not answer")?;
        serde_json::from_str(&line).with_context(|| format!("QEMU's monitor answers {line:?}"))
    }
}
