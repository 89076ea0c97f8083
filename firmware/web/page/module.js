/** Side of a picture in pixels, and the number of its pixels. */
const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** The weight of the second of two pictures where only it is left. */
const FULL_WEIGHT = 256;
/** Bytes of a page of WebAssembly's memory. */
const MEMORY_PAGE = 65536;
/** Bytes of a file that is read at all: many times the largest model. */
const LARGEST_FILE = 16 << 20;

/** A model file in an instance of the module of its own, which draws from it. A picture is valid until the next one. */
class Model {
  #wasm;

  /** What each class is called: the digits, or the names in the model. */
  labels = [];
  isNamed = false;

  constructor(wasm, name) {
    this.#wasm = wasm;
    this.name = name;
  }

  /** Validates the bytes of a file. Throws an Error with the reason if they are no model. */
  static async open(module, bytes, name) {
    const { exports: wasm } = await WebAssembly.instantiate(module);
    const at = wasm.memory.grow(Math.ceil(bytes.length / MEMORY_PAGE)) * MEMORY_PAGE;
    new Uint8Array(wasm.memory.buffer).set(bytes, at);
    const model = new Model(wasm, name);
    if (!wasm.open(at, bytes.length)) throw new Error(model.text);
    model.labels = Array.from({ length: wasm.classes() }, (_, label) => model.#nameOf(label) || String(label));
    model.isNamed = model.#nameOf(0) !== "";
    return model;
  }

  /** The name of a class; nothing if the classes are digits. */
  #nameOf(label) {
    return new TextDecoder().decode(this.#bytes(this.#wasm.name(label) >>> 0, this.#wasm.name_len(label)));
  }

  #bytes(at, length) {
    return new Uint8Array(this.#wasm.memory.buffer, at, length);
  }

  /** What `pocketgan inspect` says, without the values of the metadata; or why the file was refused. */
  get text() {
    return new TextDecoder().decode(this.#bytes(this.#wasm.text() >>> 0, this.#wasm.text_len()));
  }

  /** Where the weights come from: bytes, of JSON if pocketgan wrote them. */
  get metadata() {
    return this.#bytes(this.#wasm.metadata() >>> 0, this.#wasm.metadata_len());
  }

  /** Bytes of memory that the module and the model take. */
  get memory() {
    return this.#wasm.memory.buffer.byteLength;
  }

  /** The number of seeds that the model has for a class. */
  variants(label) {
    return this.#wasm.variants(label);
  }

  /** The seed of a variant of a class; after its last variant the first comes again. */
  seed(label, variant) {
    return this.#wasm.seed(label, variant) >>> 0;
  }

  /** The picture of a seed: 784 bytes, row by row, 0 is black. */
  draw(seed) {
    return this.#bytes(this.#wasm.draw(seed) >>> 0, PIXELS);
  }

  /** The picture between two seeds; `weight` is that of the second, 0 to FULL_WEIGHT. */
  drawBetween(from, to, weight) {
    return this.#bytes(this.#wasm.draw_between(from, to, weight) >>> 0, PIXELS);
  }

  /** The picture at a point of the plane through three seeds, `u` and `v` from 0 to FULL_WEIGHT. */
  drawOnPlane([origin, right, down], u, v) {
    return this.#bytes(this.#wasm.draw_on_plane(origin, right, down, u, v) >>> 0, PIXELS);
  }

  /** The weight of the second picture after `step` of `steps` steps of a morph, as `pocketgan sample --morph` has it. */
  morphWeight(step, steps) {
    return this.#wasm.morph_weight(step, steps);
  }
}

/** The bytes that the page holds, in base64, in the element with this id. The element is removed. */
function embedded(id) {
  const element = document.getElementById(id);
  const text = atob(element.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  element.remove();
  return bytes;
}
