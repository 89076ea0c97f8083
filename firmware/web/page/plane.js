/** Pictures along a side of the map. */
const MAP_SIDE = 9;
/** How far an arrow key moves. */
const STEP = 8;

/** The section with a plane through three seeds. */
class PlaneSection {
  #model;
  #seeds = [4, 1, 28];
  #inputs = ["origin", "right", "down"].map(element);
  #map = element("map");

  constructor() {
    for (const input of this.#inputs) input.addEventListener("input", () => this.#edited());
    for (const id of ["u", "v"]) element(id).addEventListener("input", () => this.#moved());
    element("plane-random").addEventListener("click", () => this.#set([randomSeed(), randomSeed(), randomSeed()]));
    element("plane-png").addEventListener("click", () => savePng(element("point"), `plane-${this.#seeds.join("-")}-at-${this.#position.join("-")}.png`));
    this.#map.addEventListener("pointerdown", (event) => this.#grab(event));
    this.#map.addEventListener("pointermove", (event) => this.#map.hasPointerCapture(event.pointerId) && this.#drag(event));
    this.#map.addEventListener("keydown", (event) => this.#key(event));
  }

  open(model) {
    this.#model = model;
    this.#show();
  }

  #show() {
    this.#showPoint();
    afterPaint(() => this.#showMap());
  }

  /** Follows the address. */
  follow({ plane, position }) {
    if (plane === undefined) return;
    if (position !== undefined) [element("u").value, element("v").value] = position;
    this.#inputs.forEach((input, i) => (input.value = plane[i]));
    this.#seeds = plane;
    if (this.#model) this.#show();
  }

  get #position() {
    return [element("u"), element("v")].map((input) => Number(input.value));
  }

  #set(seeds) {
    this.#inputs.forEach((input, i) => (input.value = seeds[i]));
    this.#edited();
  }

  #edited() {
    this.#seeds = this.#inputs.map((input, i) => numberIn(input) ?? this.#seeds[i]);
    this.#showMap();
    this.#moved();
  }

  #moved() {
    this.#showPoint();
    toAddress(`plane=${this.#seeds.join(",")}&at=${this.#position.join(",")}`);
  }

  #grab(event) {
    this.#map.setPointerCapture(event.pointerId);
    this.#drag(event);
  }

  #drag(event) {
    const box = this.#map.getBoundingClientRect();
    this.#moveTo((event.clientX - box.left) / box.width * FULL_WEIGHT, (event.clientY - box.top) / box.height * FULL_WEIGHT);
  }

  #key(event) {
    const [u, v] = this.#position;
    const moves = { ArrowLeft: [u - STEP, v], ArrowRight: [u + STEP, v], ArrowUp: [u, v - STEP], ArrowDown: [u, v + STEP], Home: [0, 0], End: [FULL_WEIGHT, FULL_WEIGHT] };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.#moveTo(...moves[event.key]);
  }

  /** Range inputs keep their values between 0 and FULL_WEIGHT. */
  #moveTo(u, v) {
    [element("u").value, element("v").value] = [Math.round(u), Math.round(v)];
    this.#moved();
  }

  #showPoint() {
    const [u, v] = this.#position;
    show(element("point"), this.#model.drawOnPlane(this.#seeds, u, v));
    const position = `${u} to the right and ${v} down, of ${FULL_WEIGHT}`;
    element("point").setAttribute("aria-label", `Picture at ${position}`);
    element("position").textContent = position;
    const marker = element("marker").style;
    [marker.left, marker.top] = [u, v].map((at) => `${at / FULL_WEIGHT * 100}%`);
  }

  /** Pictures of points all over the plane. Each shows the point in its middle; those at the edges show the corners. */
  #showMap() {
    const at = (i) => Math.round(i / (MAP_SIDE - 1) * FULL_WEIGHT);
    for (let i = 0; i < MAP_SIDE * MAP_SIDE; i++) {
      const [column, row] = [i % MAP_SIDE, Math.floor(i / MAP_SIDE)];
      show(element("mosaic"), this.#model.drawOnPlane(this.#seeds, at(column), at(row)), column, row);
    }
  }
}
