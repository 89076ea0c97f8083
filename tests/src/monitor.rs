//! QEMU's monitor by QMP: commands and answers in JSON, a line each (QEMU's docs/interop/qmp-spec).

use crate::live::remaining;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    time::Instant,
};

/// A connection on which commands may be given.
#[derive(Debug)]
pub(crate) struct Monitor {
    connection: BufReader<UnixStream>,
    end: Instant,
}

impl Monitor {
    /// Waits for QEMU's greeting and answers it. Nothing waits longer than until `end`.
    ///
    /// # Errors
    /// If QEMU does not greet, or not in time.
    pub(crate) fn greet(connection: UnixStream, end: Instant) -> Result<Self> {
        let mut monitor = Self { connection: BufReader::new(connection), end };
        let greeting = monitor.read()?;
        ensure!(greeting.get("QMP").is_some(), "QEMU's monitor greets with {greeting}");
        monitor.run("qmp_capabilities", &json!({}))?;
        Ok(monitor)
    }

    /// Gives a command and waits until it is done.
    ///
    /// # Errors
    /// If QEMU refuses it or does not answer in time.
    pub(crate) fn run(&mut self, command: &str, arguments: &Value) -> Result<()> {
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
