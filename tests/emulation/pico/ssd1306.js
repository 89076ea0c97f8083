// An OLED panel of 128x64 pixels with an SSD1306 at I2C 0 (Solomon Systech's data sheet, chapters 8 to 10).

const ADDRESS = 0x3c;
const WIDTH = 128;
const PAGES = 8;
const HEIGHT = 8 * PAGES;
// The scale and the greys of QEMU's screenshots.
const SCALE = 4;

// Of commands that are followed by bytes: how many.
const PARAMETERS = {
  0x20: 1, // memory addressing mode
  0x21: 2, // column address
  0x22: 2, // page address
  0x81: 1, // contrast
  0x8d: 1, // charge pump
  0xa8: 1, // multiplex ratio
  0xd3: 1, // display offset
  0xd5: 1, // clock
  0xd9: 1, // pre-charge
  0xda: 1, // pins
  0xdb: 1, // deselect level
};

export class Ssd1306 {
  constructor(i2c) {
    this.memory = new Uint8Array(WIDTH * PAGES).fill(0xa5); // anything, after power-up
    this.columns = [0, WIDTH - 1];
    this.pages = [0, PAGES - 1];
    [this.column, this.page] = [0, 0];
    [this.isOn, this.isInverted, this.isMirrored, this.isFlipped] = [false, false, false, false];
    this.horizontalMode = false;
    this.command = [];
    i2c.onConnect = (address, mode) => {
      this.control = undefined;
      i2c.completeConnect(address === ADDRESS && mode === 0);
    };
    i2c.onWriteByte = (byte) => {
      this.#take(byte);
      i2c.completeWrite(true);
    };
  }

  // The first byte of a transfer says what the others are; with its highest bit, what the next one is.
  #take(byte) {
    if (this.control === undefined) {
      this.control = byte;
      return;
    }
    if (this.control & 0x40) this.#data(byte);
    else this.#takeCommand(byte);
    if (this.control & 0x80) this.control = undefined;
  }

  #takeCommand(byte) {
    this.command.push(byte);
    const [code, ...parameters] = this.command;
    if (parameters.length < (PARAMETERS[code] ?? 0)) return;
    this.command = [];
    this.#execute(code, parameters);
  }

  #execute(code, parameters) {
    if (code === 0x20) this.horizontalMode = parameters[0] === 0;
    else if (code === 0x21) [this.columns, this.column] = [parameters, parameters[0]];
    else if (code === 0x22) [this.pages, this.page] = [parameters, parameters[0]];
    else if (code === 0xa0 || code === 0xa1) this.isMirrored = code === 0xa0;
    else if (code === 0xc0 || code === 0xc8) this.isFlipped = code === 0xc0;
    else if (code === 0xa6 || code === 0xa7) this.isInverted = code === 0xa7;
    else if (code === 0xae || code === 0xaf) this.isOn = code === 0xaf;
    else if (!(code in PARAMETERS) && ![0xa4, 0xe3, 0x2e].includes(code) && (code < 0x40 || code > 0x7f)) {
      throw new Error(`the SSD1306 received the command 0x${code.toString(16)}, which its model does not have`);
    }
  }

  #data(byte) {
    if (!this.horizontalMode) throw new Error('the model of the SSD1306 has only the horizontal addressing mode');
    this.memory[this.page * WIDTH + this.column] = byte;
    if (this.column++ !== this.columns[1]) return;
    this.column = this.columns[0];
    if (this.page++ === this.pages[1]) this.page = this.pages[0];
  }

  // Whether the pixel at column `x` of row `y` is lit. A usual panel is mounted so that it shows its memory upright after
  // the commands 0xA1 and 0xC8.
  isLit(x, y) {
    const column = this.isMirrored ? WIDTH - 1 - x : x;
    const row = this.isFlipped ? HEIGHT - 1 - y : y;
    const bit = (this.memory[(row >> 3) * WIDTH + column] >> (row & 7)) & 1;
    return this.isOn && Boolean(bit) !== this.isInverted;
  }

  // What can be seen, as a portable pixmap like QEMU's.
  screen() {
    const pixels = Buffer.alloc(WIDTH * SCALE * HEIGHT * SCALE * 3);
    for (let at = 0; at < pixels.length; at += 3) {
      const [x, y] = [(at / 3) % (WIDTH * SCALE), Math.floor(at / 3 / (WIDTH * SCALE))];
      if (this.isLit(Math.floor(x / SCALE), Math.floor(y / SCALE))) pixels.fill(255, at, at + 3);
    }
    return Buffer.concat([Buffer.from(`P6\n${WIDTH * SCALE} ${HEIGHT * SCALE}\n255\n`), pixels]);
  }
}
