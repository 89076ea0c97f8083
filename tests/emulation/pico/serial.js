// The serial line of the emulated board, and who is at its other end.

import { createConnection, createServer } from 'node:net';
import { UsbHost } from './usb_host.js';

const NEWLINE = 10;

// Connects the line as the options of main.js say. The result has `exchange`, to be called between slices of the chip's
// time, which returns whether the chip may run on; `end`, for the program's end; and `onLine`, called at each line's end.
export function connectSerial(chip, options) {
  const line = options.usb ? new UsbLine(chip.usbCtrl) : new UartLine(chip.uart[0]);
  if (options.listen) {
    line.whenThere(() => createServer((socket) => line.add(socket)).listen(address(options.listen)));
  } else if (options.connect) {
    line.add(createConnection(address(options.connect)).setNoDelay());
  } else {
    line.add(process.stdout);
  }
  return line;
}

// The form that node:net has for HOST:PORT or the path of a Unix socket.
export function address(text) {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  return host ? { host, port: Number(port) } : { path: text };
}

// The ends of a line: streams that write and perhaps read.
class Line {
  constructor() {
    [this.streams, this.turn] = [[], 0];
    this.incoming = Buffer.alloc(0);
    this.outgoing = [];
    this.onLine = () => {};
  }

  add(stream) {
    this.streams.push(stream);
    this.changed();
    stream.on('error', () => this.remove(stream));
    if (stream === process.stdout) return;
    stream.on('data', (bytes) => {
      this.incoming = Buffer.concat([this.incoming, bytes]);
      // A slow chip slows the sender down.
      if (this.incoming.length > 1 << 16) stream.pause();
    });
    stream.on('close', () => this.remove(stream));
  }

  remove(stream) {
    this.streams = this.streams.filter((other) => other !== stream);
    this.changed();
  }

  changed() {}

  // Whether the other ends read what they are sent.
  get isRead() {
    return this.streams.every((stream) => !stream.writableNeedDrain);
  }

  received(bytes) {
    if (bytes.includes(NEWLINE)) this.onLine();
    this.outgoing.push(bytes);
  }

  // Of several programs that have a port open, each gets a part of what comes.
  exchange() {
    if (this.outgoing.length) {
      const bytes = Buffer.concat(this.outgoing.splice(0));
      if (this.streams.length) this.streams[this.turn++ % this.streams.length].write(bytes);
    }
    this.feed();
    if (this.incoming.length < 1 << 15) this.streams.forEach((stream) => stream.isPaused?.() && stream.resume());
    return this.mayRun();
  }

  mayRun() {
    return true;
  }

  end(done) {
    const sockets = this.streams.filter((stream) => stream !== process.stdout);
    if (sockets.length === 0) done();
    else sockets[0].end(done);
  }
}

// UART 0, which sends in no time: the chip stands still while nobody takes that.
class UartLine extends Line {
  constructor(uart) {
    super();
    this.uart = uart;
    uart.onByte = (byte) => this.received(Buffer.from([byte]));
  }

  whenThere(work) {
    work();
  }

  feed() {
    let fed = 0;
    while (fed < this.incoming.length && !this.uart.rxFIFO.full) this.uart.feedByte(this.incoming[fed++]);
    this.incoming = this.incoming.subarray(fed);
  }

  mayRun() {
    return this.isRead;
  }
}

// The port of a USB host, which is there when the chip's program has connected itself.
class UsbLine extends Line {
  constructor(usb) {
    super();
    this.there = () => {};
    this.host = new UsbHost(usb, {
      onPort: () => this.there(),
      onData: (packet) => this.received(packet),
      mayRead: () => this.isRead,
    });
  }

  whenThere(work) {
    this.there = work;
  }

  changed() {
    const isWanted = this.streams.length > 0;
    // A system drops what it has not sent yet to a port that is closed.
    if (!isWanted) this.incoming = Buffer.alloc(0);
    if (isWanted !== this.host.isWanted) this.host.setOpen(isWanted);
  }

  feed() {
    this.host.poll();
    if (this.host.outgoing.length > 4096) return;
    this.host.send(this.incoming);
    this.incoming = Buffer.alloc(0);
  }
}
