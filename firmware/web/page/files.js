/** Lets the user give the page files: by a button, or by dropping one anywhere. `open` gets each file. */
function acceptFiles(open) {
  const input = element("file");
  element("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) open(input.files[0]);
    // The same file can be chosen again.
    input.value = "";
  });
  acceptDrops(open);
}

function acceptDrops(open) {
  const hint = (visible) => (element("drop").hidden = !visible);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    hint(true);
  });
  addEventListener("dragleave", (event) => event.relatedTarget || hint(false));
  addEventListener("drop", (event) => {
    event.preventDefault();
    hint(false);
    const [file] = event.dataTransfer.files;
    if (file) open(file);
    else say("That is no file: drop a .pgan file.");
  });
}

/** The bytes of a file. Throws an Error with the reason if it is none that a model can be in. */
async function bytesOf(file) {
  if (file.size > LARGEST_FILE) throw new Error(`${file.size.toLocaleString("en")} bytes are more than any model has`);
  const buffer = await file.arrayBuffer().catch(() => {
    throw new Error("it cannot be read");
  });
  return new Uint8Array(buffer);
}

let passing;

/** Shows a message, which screen readers read out, until it is closed, replaced, or as many milliseconds have passed. */
function say(text, time = Infinity) {
  clearTimeout(passing);
  if (time < Infinity) passing = setTimeout(hush, time);
  element("message").hidden = false;
  element("message-text").textContent = text;
}

/** Takes the message away. */
function hush() {
  element("message").hidden = true;
  element("message-text").textContent = "";
}
