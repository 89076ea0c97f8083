//! A browser that is driven as a user does: Chromium or Chrome without a window, by the WebDriver protocol of its driver.
//!
//! WebDriver is JSON over HTTP, of which the tests need ten commands.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use pocketgan_emulation::child::BoundChild;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The key of an element's id in WebDriver's answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The longest that a command may take.
const LIMIT: Duration = Duration::from_secs(60);
/// What a browser is started with: no window, and nothing of its own to do on the network.
const OPTIONS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--js-flags=--expose-gc",
    "--enable-precise-memory-info",
];

/// A browser with one page, and a new profile in a folder of its own. It ends when this is dropped.
pub struct Browser {
    agent: ureq::Agent,
    /// Address of the session.
    session: String,
    folder: TempDir,
    // Ends after the session.
    _driver: BoundChild,
}

impl Browser {
    /// Starts a browser with a window of 1200 x 900 pixels.
    ///
    /// # Panics
    /// If there is no `chromedriver` or it finds no browser; `tests/setup` installs both.
    pub fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = BoundChild::spawn(&mut command).expect("chromedriver can be started; tests/setup installs it");
        let port = port(BufReader::new(driver.stdout.take().expect("its output is piped")));
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(LIMIT)).build();
        let (agent, folder) = (config.new_agent(), tempfile::tempdir().expect("a folder can be made"));
        let driver_address = format!("http://127.0.0.1:{port}/session");
        let started = post(&agent, &driver_address, &capabilities(folder.path()));
        let id = started["sessionId"].as_str().expect("a session has an id");
        let browser = Self { agent, session: format!("{driver_address}/{id}"), folder, _driver: driver };
        // In place of the browser's own first page, of whose requests nobody asks.
        browser.command("url", json!({ "url": "about:blank" }));
        browser.requests();
        browser
    }

    /// The folder of the browser's downloads.
    pub fn downloads(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, name: &str, parameters: Value) -> Value {
        post(&self.agent, &format!("{}/{name}", self.session), &parameters)
    }

    /// A command of Chromium's own protocol.
    ///
    /// # Panics
    /// If it fails.
    pub fn cdp(&self, name: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": name, "params": parameters }))
    }

    /// Opens a file, or the part of it that is said behind a `#`.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub fn open(&self, path: &Path, part: &str) {
        // Where only that part is another one, the page would stay.
        self.command("url", json!({ "url": "about:blank" }));
        self.command("url", json!({ "url": format!("file://{}{part}", path.display()) }));
    }

    /// Runs the body of a JavaScript function in the page, and waits if its result is a promise.
    ///
    /// # Panics
    /// If it throws.
    pub fn run(&self, script: &str) -> Value {
        self.command("execute/sync", json!({ "script": script, "args": [] }))
    }

    /// Waits until a JavaScript expression is true.
    ///
    /// # Panics
    /// If it does not become so in ten seconds.
    pub fn wait_for(&self, condition: &str) {
        for _ in 0..200 {
            if self.run(&format!("return Boolean({condition})")) == json!(true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{condition} did not come true");
    }

    fn element(&self, selector: &str) -> String {
        let found = self.command("element", json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("no element {selector}: {found}")).to_owned()
    }

    /// Clicks on an element.
    ///
    /// # Panics
    /// If it is not there or cannot be seen.
    pub fn click(&self, selector: &str) {
        self.command(&format!("element/{}/click", self.element(selector)), json!({}));
    }

    /// Replaces the text of an input by typing.
    ///
    /// # Panics
    /// If it is not there.
    pub fn type_into(&self, selector: &str, text: &str) {
        self.command(&format!("element/{}/clear", self.element(selector)), json!({}));
        self.press(selector, text);
    }

    /// Presses keys in an element. Some have a character in WebDriver: [`ARROW_RIGHT`] and others.
    ///
    /// # Panics
    /// If it is not there.
    pub fn press(&self, selector: &str, keys: &str) {
        self.command(&format!("element/{}/value", self.element(selector)), json!({ "text": keys }));
    }

    /// Presses the mouse at one place of an element, moves it to another one, and lets go. Places are parts of its size.
    ///
    /// # Panics
    /// If it is not there.
    pub fn drag(&self, selector: &str, from: [f64; 2], to: [f64; 2]) {
        self.run(&format!("document.querySelector('{selector}').scrollIntoView({{ block: 'center' }})"));
        let size = self.run(&format!(
            "const box = document.querySelector('{selector}').getBoundingClientRect(); return [box.width, box.height]"
        ));
        let origin = json!({ ELEMENT: self.element(selector) });
        // Offsets count from the element's middle.
        let offset = |at: f64, side: usize| ((at - 0.5) * size[side].as_f64().expect("a size")).round() as i64;
        let move_to = |[x, y]: [f64; 2]| json!({ "type": "pointerMove", "duration": 50, "origin": origin, "x": offset(x, 0), "y": offset(y, 1) });
        let [down, up] = ["pointerDown", "pointerUp"].map(|kind| json!({ "type": kind, "button": 0 }));
        let actions = json!([move_to(from), down, move_to(to), up]);
        let mouse =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions });
        self.command("actions", json!({ "actions": [mouse] }));
    }

    /// Drops a file onto the page, as from a file manager.
    ///
    /// # Panics
    /// If the browser does not take it.
    pub fn drop_file(&self, path: &Path) {
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({ "items": [], "files": [path], "dragOperationsMask": 1 });
            self.cdp("Input.dispatchDragEvent", json!({ "type": kind, "x": 300, "y": 300, "data": data }));
        }
    }

    /// A PNG of the whole page, from top to bottom.
    ///
    /// # Panics
    /// If there is none.
    pub fn screenshot(&self) -> Vec<u8> {
        use base64::prelude::{BASE64_STANDARD, Engine};
        let parameters = json!({ "format": "png", "captureBeyondViewport": true });
        let taken = self.cdp("Page.captureScreenshot", parameters);
        BASE64_STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64")
    }

    /// How many JavaScript objects of a class there are, after all that nothing refers to are freed.
    ///
    /// # Panics
    /// If the browser does not tell.
    pub fn live_objects(&self, class: &str) -> u64 {
        let prototype = self.cdp("Runtime.evaluate", json!({ "expression": format!("{class}.prototype") }));
        let found = self.cdp("Runtime.queryObjects", json!({ "prototypeObjectId": prototype["result"]["objectId"] }));
        let count = json!({
            "objectId": found["objects"]["objectId"],
            "functionDeclaration": "function() { return this.length }",
            "returnByValue": true,
        });
        self.cdp("Runtime.callFunctionOn", count)["result"]["value"].as_u64().expect("a number")
    }

    /// Errors on the page's console since the last call.
    ///
    /// # Panics
    /// If the browser does not tell.
    pub fn errors(&self) -> Vec<Value> {
        let log = self.command("se/log", json!({ "type": "browser" }));
        let entries = log.as_array().expect("a log").iter();
        entries.filter(|entry| entry["level"] != "INFO" && entry["level"] != "DEBUG").cloned().collect()
    }

    /// The addresses that were requested since the last call, but for parts of the page itself: `data:` and `blob:`.
    ///
    /// # Panics
    /// If the browser does not tell.
    pub fn requests(&self) -> Vec<String> {
        let log = self.command("se/log", json!({ "type": "performance" }));
        let entries = log.as_array().expect("a log").iter();
        let messages =
            entries.map(|entry| serde_json::from_str(entry["message"].as_str().expect("a message")).expect("JSON"));
        let sent = messages.filter(|entry: &Value| entry["message"]["method"] == "Network.requestWillBeSent");
        let address =
            |entry: Value| entry["message"]["params"]["request"]["url"].as_str().expect("an address").to_owned();
        sent.map(address).filter(|url| !url.starts_with("data:") && !url.starts_with("blob:")).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser. A failure here must not hide the one of a test.
        let _ = self.agent.delete(&self.session).call();
    }
}

/// WebDriver's characters for keys.
pub const ARROW_RIGHT: &str = "\u{e014}";
/// The key below.
pub const ARROW_DOWN: &str = "\u{e015}";

fn capabilities(folder: &Path) -> Value {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let arguments: Vec<&str> = OPTIONS.into_iter().chain(["--window-size=1200,900", &profile]).collect();
    let downloads = json!({ "download.default_directory": folder });
    json!({ "capabilities": { "alwaysMatch": {
        "goog:chromeOptions": { "args": arguments, "prefs": downloads },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    } } })
}

/// The port that a driver says it listens at.
fn port(output: impl BufRead) -> u16 {
    let said = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
    said.expect("chromedriver says its port")
}

/// The value in a driver's answer.
fn post(agent: &ureq::Agent, address: &str, parameters: &Value) -> Value {
    let request = agent.post(address).content_type("application/json");
    let answer = request.send(parameters.to_string()).and_then(|mut answer| {
        // Pictures of pages are long.
        answer.body_mut().with_config().limit(1 << 28).read_to_string()
    });
    let answer = answer.unwrap_or_else(|error| panic!("{address}: {error}"));
    let mut answer: Value =
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{address}: {error}: {answer}"));
    let value = answer["value"].take();
    assert!(value["error"].is_null(), "{address}: {value}");
    value
}
