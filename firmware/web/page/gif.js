/** Greys of a GIF, as many as `pocketgan sample --morph` writes. */
const GREYS = 32;
const GREY_BITS = 5;
/** Codes of LZW compression have at most 12 bits. */
const MOST_CODES = 4096;

/** The grey nearest to a pixel. */
const greyOf = (pixel) => Math.floor((pixel * (GREYS - 1) + 127) / 255);

/** The bytes of a file as they are appended. */
class Bytes {
  #bytes = new Uint8Array(1 << 16);
  length = 0;

  push(byte) {
    if (this.length === this.#bytes.length) {
      const longer = new Uint8Array(2 * this.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes[this.length++] = byte;
  }

  append(bytes) {
    for (const byte of bytes) this.push(byte);
  }

  /** A number of 16 bits, the lower byte first. */
  u16(...numbers) {
    for (const number of numbers) this.append([number & 255, number >> 8]);
  }

  get all() {
    return this.#bytes.subarray(0, this.length);
  }
}

/**
 * A looping animation. Each frame is rows of pictures as bytes of `width` x `height` pixels, and a time in hundredths of a
 * second; each pixel becomes a square of `scale` x `scale`.
 */
function gif(width, height, scale, frames) {
  const out = new Bytes();
  out.append(new TextEncoder().encode("GIF89a"));
  out.u16(width * scale, height * scale);
  out.append([0x80 | 7 << 4 | GREY_BITS - 1, 0, 0]);
  for (let grey = 0; grey < GREYS; grey++) out.append(Array(3).fill(Math.floor(grey * 255 / (GREYS - 1))));
  out.append([0x21, 0xff, 11, ...new TextEncoder().encode("NETSCAPE2.0"), 3, 1, 0, 0, 0]);
  for (const { pixels, time } of frames) {
    out.append([0x21, 0xf9, 4, 0]);
    out.u16(time);
    out.append([0, 0, 0x2c]);
    out.u16(0, 0, width * scale, height * scale);
    out.append([0, GREY_BITS]);
    appendBlocks(out, compressed(squares(pixels, width, scale)));
  }
  out.push(0x3b);
  return new Blob([out.all], { type: "image/gif" });
}

/** The greys of an image with each pixel as a square. */
function squares(pixels, width, scale) {
  const height = pixels.length / width;
  const greys = new Uint8Array(pixels.length * scale * scale);
  for (let y = 0, at = 0; y < height * scale; y++) {
    const row = Math.floor(y / scale) * width;
    for (let x = 0; x < width; x++, at += scale) greys.fill(greyOf(pixels[row + x]), at, at + scale);
  }
  return greys;
}

/** The greys of a frame, compressed by LZW as the GIF format has it. */
function compressed(greys) {
  const CLEAR = GREYS;
  const out = new Bytes();
  const codes = new Uint16Array(MOST_CODES * GREYS);
  let [next, width, held, bits] = [CLEAR + 2, GREY_BITS + 1, 0, 0];
  const emit = (code) => {
    held |= code << bits;
    for (bits += width; bits >= 8; bits -= 8, held >>>= 8) out.push(held & 255);
  };
  emit(CLEAR);
  let prefix = greys[0];
  for (let i = 1; i < greys.length; i++) {
    const longer = prefix * GREYS + greys[i];
    if (codes[longer]) {
      prefix = codes[longer];
      continue;
    }
    emit(prefix);
    prefix = greys[i];
    if (next === MOST_CODES) {
      emit(CLEAR);
      codes.fill(0);
      [next, width] = [CLEAR + 2, GREY_BITS + 1];
    } else {
      if (next === 1 << width) width++;
      codes[longer] = next++;
    }
  }
  emit(prefix);
  emit(CLEAR + 1);
  if (bits > 0) out.push(held & 255);
  return out.all;
}

/** Bytes in blocks of at most 255, and the empty block that ends them. */
function appendBlocks(out, bytes) {
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.subarray(at, at + 255);
    out.push(block.length);
    out.append(block);
  }
  out.push(0);
}
