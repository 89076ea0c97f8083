// A USB host with a driver for serial ports (CDC ACM) on the chip's USB: what Linux does when a Pico is plugged in, and when
// programs open, use and close /dev/ttyACM0.

const GET_DESCRIPTOR = 6;
const SET_ADDRESS = 5;
const SET_CONFIGURATION = 9;
const SET_LINE_CODING = 0x20;
const SET_CONTROL_LINE_STATE = 0x22;
const TO_DEVICE = 0x00;
const FROM_DEVICE = 0x80;
const TO_INTERFACE = 0x21;
const DEVICE = 1 << 8;
const CONFIGURATION = 2 << 8;
const DTR_AND_RTS = 3;
// 115,200 baud, one stop bit, no parity, 8 bits.
const LINE_CODING = Buffer.from([0x00, 0xc2, 0x01, 0x00, 0, 0, 8]);

// Between two control transfers, in which the last packet of the first one arrives.
const PAUSE_NANOS = 50_000;

const INTERFACE_DESCRIPTOR = 4;
const ENDPOINT_DESCRIPTOR = 5;
const CDC_DATA = 10;
const BULK = 2;

export class UsbHost {
  // `onPort` is called when the device is configured, `onData` with what it sends while the port is open. `mayRead` says
  // whether the program that has the port open reads; while it does not, the device's packets wait.
  constructor(usb, { onPort, onData, mayRead = () => true }) {
    Object.assign(this, { usb, onPort, onData, mayRead });
    [this.transfer, this.transfers] = [undefined, []];
    [this.controlIsAwaited, this.awaited] = [false, 0];
    this.outgoing = Buffer.alloc(0);
    [this.isWanted, this.isOpen] = [false, false];
    [this.in, this.out] = [-1, -1];
    this.held = undefined;
    this.pause = usb.rp2040.clock.createAlarm(() => this.#startTransfer());
    usb.onUSBEnabled = () => usb.resetDevice();
    usb.onResetReceived = () => this.#enumerate();
    usb.onEndpointWrite = (endpoint, packet) => (endpoint === 0 ? this.#controlIn(packet) : this.#bulkIn(endpoint, packet));
    usb.onEndpointRead = (endpoint, size) => this.#offered(endpoint, size);
    this.#holdPackets();
  }

  // Opens or closes the port.
  setOpen(isOpen) {
    this.isWanted = isOpen;
    if (this.out < 0) return;
    if (!isOpen) [this.isOpen, this.outgoing] = [false, Buffer.alloc(0)];
    this.#control(TO_INTERFACE, SET_CONTROL_LINE_STATE, isOpen ? DTR_AND_RTS : 0, 0, () => {
      this.isOpen = this.isWanted;
      this.#sendBulk();
    });
  }

  // Sends bytes to the port.
  send(bytes) {
    this.outgoing = Buffer.concat([this.outgoing, bytes]);
    this.#sendBulk();
  }

  // Takes a packet that had to wait, if the program reads again.
  poll() {
    if (this.held && (!this.isOpen || this.mayRead())) {
      const release = this.held;
      this.held = undefined;
      release();
    }
  }

  #enumerate() {
    let configuration;
    const take = (descriptor) => (configuration = descriptor);
    this.#control(FROM_DEVICE, GET_DESCRIPTOR, DEVICE, 18);
    this.#control(TO_DEVICE, SET_ADDRESS, 1, 0);
    this.#control(FROM_DEVICE, GET_DESCRIPTOR, CONFIGURATION, 9, (head) => {
      this.#control(FROM_DEVICE, GET_DESCRIPTOR, CONFIGURATION, head.readUInt16LE(2), take);
      this.#control(TO_DEVICE, SET_CONFIGURATION, 1, 0);
      this.#control(TO_INTERFACE, SET_LINE_CODING, 0, LINE_CODING, () => {
        [this.in, this.out] = bulkEndpoints(configuration);
        this.onPort();
        if (this.isWanted) this.setOpen(true);
        if (this.awaited) this.#sendBulk();
      });
    });
  }

  // Queues a control transfer. `data` is what to send, or how many bytes to ask for; `done` gets what was received.
  #control(type, request, value, data, done = () => {}) {
    const length = typeof data === 'number' ? data : data.length;
    const setup = Buffer.from([type, request, value & 0xff, value >> 8, 0, 0, length & 0xff, length >> 8]);
    const sent = typeof data === 'number' ? Buffer.alloc(0) : data;
    this.transfers.push({ setup, sent, wanted: type & FROM_DEVICE ? length : 0, received: Buffer.alloc(0), done });
    if (!this.transfer) this.pause.schedule(PAUSE_NANOS);
  }

  #startTransfer() {
    if (this.transfer || this.transfers.length === 0) return;
    this.transfer = this.transfers.shift();
    this.controlIsAwaited = false;
    this.usb.sendSetupPacket(this.transfer.setup);
  }

  #finishTransfer() {
    const { done, received } = this.transfer;
    this.transfer = undefined;
    done(received);
    this.pause.schedule(PAUSE_NANOS);
  }

  // A packet of data that was asked for, or the empty one after which a transfer to the device is complete.
  #controlIn(packet) {
    const { transfer } = this;
    if (!transfer) return;
    if (!transfer.wanted) {
      this.#finishTransfer();
      return;
    }
    transfer.received = Buffer.concat([transfer.received, packet]);
    transfer.isComplete = transfer.received.length >= transfer.wanted || packet.length < 64;
    if (this.controlIsAwaited) this.#controlOut();
  }

  // Sends the transfer's data, or the empty packet after which one from the device is complete.
  #controlOut() {
    const { transfer } = this;
    if (transfer?.isComplete) {
      this.controlIsAwaited = false;
      this.usb.endpointReadDone(0, new Uint8Array(0));
      this.#finishTransfer();
    } else if (transfer?.sent.length) {
      this.controlIsAwaited = false;
      this.usb.endpointReadDone(0, new Uint8Array(transfer.sent));
      transfer.sent = Buffer.alloc(0);
    }
  }

  // The device has room for a packet.
  #offered(endpoint, size) {
    if (endpoint === 0) {
      this.controlIsAwaited = true;
      this.#controlOut();
    } else {
      this.awaited = size;
      this.#sendBulk();
    }
  }

  #sendBulk() {
    if (!this.isOpen || !this.awaited || this.outgoing.length === 0) return;
    const packet = this.outgoing.subarray(0, this.awaited);
    this.outgoing = this.outgoing.subarray(packet.length);
    this.awaited = 0;
    this.usb.endpointReadDone(this.out, new Uint8Array(packet));
  }

  #bulkIn(endpoint, packet) {
    if (endpoint === this.in && this.isOpen) this.onData(Buffer.from(packet));
  }

  // rp2040js takes every packet of the device at once; a host takes none while nobody reads.
  #holdPackets() {
    const { usb } = this;
    const ready = usb.indicateBufferReady.bind(usb);
    usb.indicateBufferReady = (endpoint, out) => {
      if (!out && endpoint === this.in && this.isOpen && !this.mayRead()) this.held = () => ready(endpoint, out);
      else ready(endpoint, out);
    };
  }
}

// The two bulk endpoints, in and out, of the data interface in a configuration.
function bulkEndpoints(configuration) {
  const found = [-1, -1];
  let isData = false;
  for (let at = 0; at + 1 < configuration.length; at += configuration[at]) {
    if (configuration[at] === 0) break;
    const type = configuration[at + 1];
    if (type === INTERFACE_DESCRIPTOR) isData = configuration[at + 5] === CDC_DATA;
    if (type !== ENDPOINT_DESCRIPTOR || !isData || (configuration[at + 3] & 3) !== BULK) continue;
    found[configuration[at + 2] & 0x80 ? 0 : 1] = configuration[at + 2] & 0xf;
  }
  if (found.includes(-1)) throw new Error('the device describes no serial port');
  return found;
}
