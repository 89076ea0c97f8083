//! QEMU's monitor over QMP: commands and answers in JSON, one per line (QEMU's docs/interop/qmp-spec).

use crate::socket::remaining;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Instant,
};

/// A connection to the monitor.
#[derive(Debug)]
pub(crate) struct Monitor {
    connection: BufReader<TcpStream>,
    greeted: bool,
    deadline: Instant,
}

impl Monitor {
    /// Takes a new connection. No answer is waited for after `deadline`.
    pub(crate) fn new(connection: TcpStream, deadline: Instant) -> Self {
        Self { connection: BufReader::new(connection), greeted: false, deadline }
    }

    /// Reads QEMU's greeting and enables commands.
    fn greet(&mut self) -> Result<()> {
        let greeting = self.read()?;
        ensure!(greeting.get("QMP").is_some(), "QEMU's monitor greets with {greeting}");
        self.greeted = true;
        self.run("qmp_capabilities", &json!({}))
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// If QEMU rejects it or does not answer in time.
    pub(crate) fn run(&mut self, command: &str, arguments: &Value) -> Result<()> {
        if !self.greeted {
            self.greet()?;
        }
        let line = json!({ "execute": command, "arguments": arguments });
        writeln!(self.connection.get_mut(), "{line}").context("QEMU's monitor is closed")?;
        loop {
            let answer = self.read()?;
            if let Some(error) = answer.get("error") {
                bail!("QEMU's monitor rejects {command}: {error}");
            }
            // Other lines are events.
            if answer.get("return").is_some() {
                return Ok(());
            }
        }
    }

    fn read(&mut self) -> Result<Value> {
        self.connection.get_ref().set_read_timeout(Some(remaining(self.deadline)?))?;
        let mut line = String::new();
        self.connection.read_line(&mut line).context("QEMU's monitor does not answer")?;
        serde_json::from_str(&line).with_context(|| format!("QEMU's monitor answers {line:?}"))
    }
}
