// node main.js IMAGE OPTIONS: runs the flat image of a program, as it is flashed, on an emulated Raspberry Pi Pico with an
// SSD1306 at I2C 0.
//
//   --usb                     the serial line is USB's; otherwise it is UART 0
//   --connect HOST:PORT       connects the serial line to a TCP port; without this and the next it goes to stdout
//   --listen HOST:PORT|PATH   lets others connect to the serial line, at a TCP port or a Unix socket
//   --monitor HOST:PORT       takes commands of QEMU's monitor (QMP) over a TCP port: screendump
//   --arguments LINE          a debugger is attached: it gives the program its command line, prints its log on stdout, and
//                             ends with the program's exit status. Without it the program runs on until it is killed.
//   --cycles FILE             writes to FILE, for each line of the serial line, the cycles until its end
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Monitor } from './monitor.js';
import { Pico } from './pico.js';
import { connectSerial } from './serial.js';
import { Ssd1306 } from './ssd1306.js';

// Between two looks at the lines: 80 us of the chip, in which a UART receives a byte.
const SLICE_CYCLES = 10_000;
// Between two looks at what this process has to do otherwise.
const SLICES_PER_TURN = 50;
// Not a status of the firmware.
const FAILED = 125;

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      usb: { type: 'boolean' },
      connect: { type: 'string' },
      listen: { type: 'string' },
      monitor: { type: 'string' },
      arguments: { type: 'string' },
      cycles: { type: 'string' },
    },
  });
  if (positionals.length !== 1) throw new Error('one image is needed');
  const pico = new Pico(readFileSync(positionals[0]), values.arguments);
  const panel = new Ssd1306(pico.chip.i2c[0]);
  if (pico.semihosting) pico.semihosting.onLog = (bytes) => process.stdout.write(bytes);
  const serial = connectSerial(pico.chip, values);
  if (values.cycles) serial.onLine = () => appendFileSync(values.cycles, `${pico.cycles}\n`);
  if (values.monitor) new Monitor(values.monitor, panel);
  turn(pico, serial);
}

function turn(pico, serial) {
  for (let slice = 0; slice < SLICES_PER_TURN && pico.exitStatus === undefined; slice++) {
    if (!serial.exchange()) break;
    pico.run(SLICE_CYCLES);
  }
  if (pico.exitStatus === undefined) {
    setImmediate(() => attempt(() => turn(pico, serial)));
    return;
  }
  serial.exchange();
  serial.end(() => process.stdout.write('', () => process.exit(pico.exitStatus)));
}

function attempt(work) {
  try {
    work();
  } catch (error) {
    console.error(`pico: ${error.message}`);
    process.exit(FAILED);
  }
}

attempt(main);
