/** Seeds that are shown at once, in a square. */
const SHOWN = 64;
const COLUMNS = 8;
const LAST_SEED = 2 ** 32 - 1;
/** A GIF of a morph, as `pocketgan sample --morph` writes it: frames in one direction, and times in hundredths of a second. */
const MORPH_FRAMES = 33;
const MORPH_TIME = 4;
const MORPH_REST = 60;
const MORPH_SCALE = 8;

/** The section with one large digit, between two seeds, and with many small ones to choose from. */
class SeedsSection {
  #model;
  #first = 0;
  #seeds = [4, 1];

  constructor() {
    for (const id of ["from", "to"]) element(id).addEventListener("input", () => this.#edited());
    element("weight").addEventListener("input", () => this.#edited());
    element("random").addEventListener("click", () => this.#set([randomSeed(), randomSeed()], 0));
    element("digit-png").addEventListener("click", () => savePng(element("large"), `${this.#name}.png`));
    element("digit-gif").addEventListener("click", () => save(this.#gif(), `morph-${this.#seeds.join("-")}.gif`));
    element("seeds-back").addEventListener("click", () => this.#turn(-SHOWN));
    element("seeds-on").addEventListener("click", () => this.#turn(SHOWN));
    element("seeds-png").addEventListener("click", () => savePng(this.#grid(), `seeds-${this.#first}.png`));
  }

  open(model) {
    this.#model = model;
    this.#show();
  }

  #show() {
    this.#showDigit();
    afterPaint(() => this.#showSeeds());
  }

  /** Follows the address. */
  follow({ seed, morph, weight }) {
    if (seed === undefined && morph === undefined) return;
    const seeds = morph ?? [seed, this.#seeds[1]];
    element("weight").value = morph ? weight ?? 0 : 0;
    [element("from").value, element("to").value] = this.#seeds = seeds;
    this.#first = seeds[0] - seeds[0] % SHOWN;
    if (this.#model) this.#show();
  }

  get #weight() {
    return Number(element("weight").value);
  }

  get #name() {
    const [from, to] = this.#seeds;
    return this.#weight === 0 ? `seed-${from}` : `morph-${from}-${to}-at-${this.#weight}`;
  }

  #set(seeds, weight) {
    [element("from").value, element("to").value] = seeds;
    element("weight").value = weight;
    this.#edited();
  }

  #edited() {
    this.#seeds = [element("from"), element("to")].map((input, i) => numberIn(input) ?? this.#seeds[i]);
    const [from, to] = this.#seeds;
    this.#showDigit();
    this.#mark();
    toAddress(this.#weight === 0 ? `seed=${from}` : `morph=${from}..${to}&at=${this.#weight}`);
  }

  #turn(seeds) {
    this.#first = Math.max(0, Math.min(LAST_SEED - SHOWN + 1, this.#first + seeds));
    this.#showSeeds();
  }

  #showDigit() {
    const [from, to] = this.#seeds;
    show(element("large"), this.#model.drawBetween(from, to, this.#weight));
    const part = `${this.#weight} of ${FULL_WEIGHT} parts of seed ${to}`;
    element("large").setAttribute("aria-label", this.#weight === 0 ? `Picture of seed ${from}` : `Picture of seed ${from} with ${part}`);
    element("weight").setAttribute("aria-valuetext", part);
  }

  #showSeeds() {
    const item = (_, i) => {
      const [seed, link, item] = [this.#first + i, document.createElement("a"), document.createElement("li")];
      const canvas = canvasFor(1);
      show(canvas, this.#model.draw(seed));
      link.href = `#seed=${seed}`;
      link.setAttribute("aria-label", `Seed ${seed}`);
      link.append(canvas, String(seed));
      item.append(link);
      return item;
    };
    element("seeds").replaceChildren(...Array.from({ length: SHOWN }, item));
    element("seeds-back").disabled = this.#first === 0;
    this.#mark();
  }

  /** Marks the seed that is shown large. */
  #mark() {
    for (const link of element("seeds").querySelectorAll("a")) {
      link.setAttribute("aria-current", String(link.hash === `#seed=${this.#seeds[0]}`));
    }
  }

  #grid() {
    const canvas = canvasFor(COLUMNS, SHOWN / COLUMNS);
    for (let i = 0; i < SHOWN; i++) show(canvas, this.#model.draw(this.#first + i), i % COLUMNS, Math.floor(i / COLUMNS));
    return canvas;
  }

  /** The morph from one seed to the other and back. */
  #gif() {
    const last = MORPH_FRAMES - 1;
    const frame = (at) => {
      const pixels = this.#model.drawBetween(...this.#seeds, this.#model.morphWeight(at, last)).slice();
      return { pixels, time: at === 0 || at === last ? MORPH_REST : MORPH_TIME };
    };
    const there = Array.from({ length: MORPH_FRAMES }, (_, at) => frame(at));
    return gif(SIDE, SIDE, MORPH_SCALE, [...there, ...there.slice(1, last).reverse()]);
  }
}
