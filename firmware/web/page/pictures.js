/** Side of a picture's pixel in pixels of a saved PNG. */
const SAVED_SCALE = 8;
/** Most pixels of a canvas's width that every browser has. */
const WIDEST = 16384;

const image = new ImageData(SIDE, SIDE);
const rgba = new Uint32Array(image.data.buffer);

/** Shows a picture on a canvas, at picture `column` and `row` of it. Red, green and blue of a pixel are its byte. */
function show(canvas, picture, column = 0, row = 0) {
  for (let i = 0; i < PIXELS; i++) rgba[i] = 0xff000000 | picture[i] * 0x010101;
  canvas.getContext("2d").putImageData(image, column * SIDE, row * SIDE);
}

/** A canvas with room for pictures side by side and below each other. */
function canvasFor(columns, rows = 1) {
  const canvas = document.createElement("canvas");
  canvas.width = columns * SIDE;
  canvas.height = rows * SIDE;
  return canvas;
}

/** A canvas with each pixel of another one as a square. */
function enlarged(canvas, scale) {
  const large = document.createElement("canvas");
  large.width = canvas.width * scale;
  large.height = canvas.height * scale;
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large;
}

/** Hands a canvas to the user as a PNG file. */
function savePng(canvas, name) {
  const scale = Math.min(SAVED_SCALE, Math.floor(WIDEST / canvas.width));
  enlarged(canvas, scale).toBlob((blob) => save(blob, name), "image/png");
}

/** Hands bytes to the user as a file. */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has to read it first.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A whole number in an input, or null, with the input marked, if it holds none in its range. */
function numberIn(input) {
  const valid = input.value !== "" && input.checkValidity();
  input.setAttribute("aria-invalid", String(!valid));
  return valid ? Number(input.value) : null;
}

/** A seed that anybody can type: the first thousand pictures are as good as any. */
const randomSeed = () => Math.floor(Math.random() * 1000);

/** Runs a task when what is drawn now is on the screen. */
const afterPaint = (task) => requestAnimationFrame(() => setTimeout(task));

const element = (id) => document.getElementById(id);
