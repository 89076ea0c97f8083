/** Milliseconds of a change from variant to variant, and from one to the next while they play. */
const CHANGE = 350;
const PLAY = 1600;
/** Frames of a change in a GIF, and the time of a frame and of a variant in hundredths of a second. */
const GIF_STEPS = 8;
const GIF_TIME = 4;
const GIF_REST = 70;
/** Most pixels of a GIF's width. */
const GIF_WIDTH = 900;

/** The section in which a number is written. */
class NumberSection {
  #model;
  /** Seeds that are shown, a digit each, and the canvases beside each other. */
  #seeds = [];
  #canvases = [];
  #change = 0;
  #playing;

  constructor() {
    element("digits").addEventListener("input", () => this.#edited());
    element("variant").addEventListener("input", () => this.#edited());
    element("next-variant").addEventListener("click", () => this.#choose(this.#variant + 1));
    element("play").addEventListener("click", () => this.#play(!this.#playing));
    element("number-png").addEventListener("click", () => savePng(this.#row(this.#seeds), `${this.#name}.png`));
    element("number-gif").addEventListener("click", () => save(this.#gif(), `${this.#digits}.gif`));
  }

  /** Draws by another model. */
  open(model) {
    this.#model = model;
    this.#seeds = [];
    const known = model.labels.filter((_, label) => model.variants(label) > 0);
    this.#call(model.isNamed ? "Write a word" : "Write a number", model.isNamed ? "Word" : "Number");
    element("number-body").hidden = known.length === 0;
    if (known.length === 0) {
      this.#play(false);
      this.#problem("This model has no seeds for digits; `pocketgan digits` writes them into its file, of which `pocketgan export` makes a new page.");
      return;
    }
    const input = element("digits");
    if (!this.#labels(input.value).length) input.value = known.length === 10 && !model.isNamed ? "2026" : known.slice(0, 4).join(this.#separator);
    this.update();
  }

  /** Gives the section its title and the input its label. */
  #call(title, label) {
    element("number-title").textContent = title;
    element("digits-label").textContent = label;
    element("digits").inputMode = this.#model.isNamed ? "text" : "numeric";
  }

  /** What is between two labels: nothing if each is a single character. */
  get #separator() {
    return this.#model.labels.every((label) => [...label].length === 1) ? "" : ", ";
  }

  /** Follows the address. */
  follow({ digits, text, variant }) {
    if (digits === undefined && text === undefined) return;
    [element("digits").value, element("variant").value] = [digits ?? text, variant ?? 0];
    if (this.#model && !element("number-body").hidden) this.update();
  }

  get #digits() {
    return element("digits").value.trim();
  }

  get #variant() {
    return numberIn(element("variant")) ?? 0;
  }

  get #name() {
    return `${this.#digits}-${this.#variant}`;
  }

  /** The number of variants after which all digits are those of the first one again. */
  get #count() {
    return Math.max(...this.#model.labels.map((_, label) => this.#model.variants(label)));
  }

  #edited() {
    this.update();
    const word = this.#model.isNamed ? `text=${encodeURIComponent(this.#digits)}` : `digits=${this.#digits}`;
    if (this.#seeds.length) toAddress(`${word}&variant=${this.#variant}`);
  }

  #choose(variant) {
    element("variant").value = variant % this.#count;
    this.#edited();
  }

  #play(on) {
    clearInterval(this.#playing);
    this.#playing = on ? setInterval(() => document.hidden || this.#choose(this.#variant + 1), PLAY) : undefined;
    element("play").setAttribute("aria-pressed", String(on));
    if (on) this.#choose(this.#variant + 1);
  }

  #problem(text) {
    element("number-problem").textContent = text;
  }

  /** The labels of the classes in a text; none, and the reason is said, if one cannot be drawn. */
  #labels(text) {
    const { labels: known, isNamed } = this.#model;
    const words = this.#separator ? text.split(",").map((word) => word.trim()).filter(Boolean) : [...text.trim()];
    const labels = words.map((word) => known.indexOf(word));
    if (labels.includes(-1)) return this.#refuse(isNamed ? `There are ${known.join(", ")}.` : "A number has only digits from 0 to 9.");
    const missing = labels.find((label) => this.#model.variants(label) === 0);
    return missing === undefined ? labels : this.#refuse(`The model has no seed for a ${known[missing]}, which it draws too rarely.`);
  }

  #refuse(reason) {
    this.#problem(reason);
    return [];
  }

  /** The seed of each class: the first time that one comes, in this variant, and then each time in the next. */
  #seedsOf(labels, variant) {
    const next = this.#model.labels.map(() => variant);
    return labels.map((label) => this.#model.seed(label, next[label]++));
  }

  /** Shows what the inputs say. */
  update() {
    this.#problem("");
    const labels = this.#labels(this.#digits);
    element("digits").setAttribute("aria-invalid", String(labels.length === 0));
    const seeds = this.#seedsOf(labels, this.#variant);
    this.#arrange(seeds.length);
    this.#changeTo(seeds);
    element("written").setAttribute("aria-label", `${this.#digits}, drawn in variant ${this.#variant}`);
    afterPaint(() => this.#showVariants(labels));
  }

  /** Has one canvas for each digit. */
  #arrange(count) {
    while (this.#canvases.length < count) this.#canvases.push(canvasFor(1));
    this.#canvases.length = count;
    element("written").style.setProperty("--count", count);
    element("written").replaceChildren(...this.#canvases);
  }

  /** Lets each digit become its new one: by a morph, unless the user wants no motion. */
  #changeTo(seeds) {
    const before = this.#seeds;
    this.#seeds = seeds;
    cancelAnimationFrame(this.#change);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || before.length === 0;
    const began = performance.now();
    const frame = (now) => {
      const step = still ? CHANGE : Math.max(0, Math.round(now - began));
      const weight = this.#model.morphWeight(step, CHANGE);
      seeds.forEach((seed, i) => show(this.#canvases[i], this.#model.drawBetween(before[i] ?? seed, seed, weight)));
      element("written").setAttribute("aria-busy", String(step < CHANGE));
      if (step < CHANGE) this.#change = requestAnimationFrame(frame);
    };
    frame(began);
  }

  /** The pictures of some seeds beside each other. */
  #row(seeds) {
    const canvas = canvasFor(seeds.length);
    seeds.forEach((seed, i) => show(canvas, this.#model.draw(seed), i));
    return canvas;
  }

  /** Shows the number in every variant, each to be chosen. */
  #showVariants(labels) {
    const style = element("variants").style;
    style.setProperty("--width", `${labels.length * 2.25 + 0.75}rem`);
    // Eight or four in a row, or fewer where there is no room.
    style.setProperty("--share", labels.length < 3 ? "12%" : "24%");
    const item = (_, variant) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", `Variant ${variant}`);
      button.setAttribute("aria-pressed", String(variant === this.#variant));
      button.append(this.#row(this.#seedsOf(labels, variant)));
      button.addEventListener("click", () => this.#choose(variant));
      const item = document.createElement("li");
      item.append(button);
      return item;
    };
    const count = labels.length ? this.#count : 0;
    // A button that has the focus keeps it.
    const focus = [...element("variants").querySelectorAll("button")].indexOf(document.activeElement);
    element("variants").replaceChildren(...Array.from({ length: count }, item));
    if (focus >= 0) element("variants").querySelectorAll("button")[focus]?.focus();
  }

  /** The number in one variant after the other, as an animation. */
  #gif() {
    const labels = this.#labels(this.#digits);
    const width = labels.length * SIDE;
    const frames = [];
    for (let variant = 0; variant < this.#count; variant++) {
      const [from, to] = [variant, (variant + 1) % this.#count].map((one) => this.#seedsOf(labels, one));
      for (let step = 0; step < GIF_STEPS; step++) {
        const weight = this.#model.morphWeight(step, GIF_STEPS);
        frames.push({ pixels: this.#pixels(from, to, weight), time: step === 0 ? GIF_REST : GIF_TIME });
      }
    }
    return gif(width, SIDE, Math.max(1, Math.min(4, Math.floor(GIF_WIDTH / width))), frames);
  }

  /** The pixels of a row of digits between two rows of seeds. */
  #pixels(from, to, weight) {
    const width = from.length * SIDE;
    const pixels = new Uint8Array(width * SIDE);
    from.forEach((seed, i) => {
      const picture = this.#model.drawBetween(seed, to[i], weight);
      for (let y = 0; y < SIDE; y++) pixels.set(picture.subarray(y * SIDE, (y + 1) * SIDE), y * width + i * SIDE);
    });
    return pixels;
  }
}
