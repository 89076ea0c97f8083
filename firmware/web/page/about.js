/** Characters of a value that are shown, as `pocketgan inspect` does. */
const LONGEST_VALUE = 200;
/** Column in which the values of the metadata begin. */
const VALUE_COLUMN = 36;
/** Milliseconds for which pictures are drawn to measure the speed. */
const MEASURED = 500;

/** The section about the model. */
class AboutSection {
  #model;

  constructor() {
    element("measure").addEventListener("click", () => this.#measure());
  }

  open(model) {
    this.#model = model;
    const [kind, bytes] = [/^kind +(.*)$/m.exec(model.text)[1], /^file +(\d+)/m.exec(model.text)[1]];
    const fits = kind === "f32" ? "" : ", small enough for a microcontroller";
    element("summary").textContent = `Drawn by ${model.name}, a neural network of ${Math.round(bytes / 1000)} KB (${kind})${fits}.`;
    document.title = `${model.name} - pocketgan`;
    element("inspect").textContent = model.text + describeMetadata(model.metadata);
    element("speed").textContent = "";
    this.#setIcon();
  }

  /** No address speaks of this section. */
  follow() {}

  /** Says how long the page took to show its first number. */
  ready() {
    element("ready").textContent = `This page drew its first number ${Math.round(performance.now())} ms after it was opened.`;
  }

  #setIcon() {
    const canvas = canvasFor(1);
    show(canvas, this.#model.draw(this.#model.seed(2, 0)));
    element("icon").href = canvas.toDataURL();
  }

  #measure() {
    let drawn = 0;
    const began = performance.now();
    while (performance.now() - began < MEASURED) for (let i = 0; i < 50; i++) this.#model.draw(drawn++);
    const perSecond = drawn / (performance.now() - began) * 1000;
    element("speed").textContent = `${(Math.round(perSecond / 100) * 100).toLocaleString("en")} digits a second`;
  }
}

/** The metadata as `pocketgan inspect` prints them: a line for each value. */
function describeMetadata(metadata) {
  const head = `metadata        ${metadata.length} bytes\n`;
  if (metadata.length === 0) return head;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(metadata);
    return head + linesOf("", JSON.parse(text, asWritten)).join("");
  } catch (error) {
    return `${head}  not JSON: ${printable(error.message)}\n`;
  }
}

/** Numbers stay as they are written where the browser tells: a seed can be too large for JavaScript. */
const asWritten = (_, value, context) => (typeof value === "number" && context?.source ? new Written(context.source) : value);

/** A number as it is written. */
class Written {
  constructor(source) {
    this.toJSON = () => Number(source);
    this.toString = () => source;
  }
}

/** The lines of a value, the members of an object each on its own, ordered by name. */
function linesOf(key, value) {
  if (value === null || typeof value !== "object" || Array.isArray(value) || value instanceof Written) {
    const text = typeof value === "string" || value instanceof Written ? String(value) : JSON.stringify(value);
    return [`  ${printable(key).padEnd(VALUE_COLUMN)} ${printable(text)}\n`];
  }
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, member]) => linesOf(key ? `${key}.${name}` : name, member));
}

/** Text of others with escapes for what cannot be seen, or changes what follows it; shortened if it is long. */
function printable(text) {
  const characters = [...text];
  const visible = characters.slice(0, LONGEST_VALUE).map((character) => {
    const hidden = character !== " " && /[\p{C}\p{Z}]/u.test(character);
    return hidden ? `\\u{${character.codePointAt(0).toString(16)}}` : character;
  });
  return visible.join("") + (characters.length > LONGEST_VALUE ? "..." : "");
}
