// A Raspberry Pi Pico in rp2040js: the chip with an image in its flash, started as the boot ROM starts it.

import { RP2040 } from 'rp2040js';
import { Semihosting } from './semihosting.js';

const FLASH_START = 0x10000000;
// The boot ROM copies the second stage of the boot to the end of the RAM, and has its stack below.
const BOOT2_LENGTH = 256;
const BOOT2_ADDRESS = 0x20041f00;
const RAM_START = 0x20000000;

const HARD_FAULT = 3;
// The breakpoint that asks a debugger for a service, in Thumb code.
const SEMIHOSTING_BREAKPOINT = 0xab;

// A chip of which one core runs. `commandLine` is what a debugger gives to the program; without one there is no debugger,
// and asking it is a fault, as on a board with nothing attached.
export class Pico {
  // `image` is what is written to the flash from its start on.
  constructor(image, commandLine) {
    this.chip = new RP2040();
    this.chip.logger = this.#faultsFromLog();
    this.exitStatus = undefined;
    this.#fault = false;
    this.semihosting = commandLine === undefined ? undefined : new Semihosting(this.chip, commandLine);
    this.chip.onBreak = (code) => this.#onBreakpoint(code);
    mendExceptionEntry(this.chip.core);
    this.#boot(image);
  }

  #fault;

  #boot(image) {
    const { chip } = this;
    if (image.length > 2 << 20) throw new Error(`the image has ${image.length} bytes; the flash has 2 MiB`);
    const boot2 = image.subarray(0, BOOT2_LENGTH);
    if (boot2.length < BOOT2_LENGTH || boot2Checksum(boot2) !== boot2.readUInt32LE(BOOT2_LENGTH - 4)) {
      throw new Error('the image does not begin with a second stage of the boot: its checksum is wrong');
    }
    chip.flash.set(image);
    chip.sram.set(boot2, BOOT2_ADDRESS - RAM_START);
    chip.core.SP = BOOT2_ADDRESS;
    chip.core.LR = 0;
    chip.core.PC = BOOT2_ADDRESS;
  }

  // Cycles since the start, in the published timings of the Cortex-M0+; no waiting for the flash.
  get cycles() {
    return this.chip.core.cycles;
  }

  // Runs for at least `cycles`, or until the program has ended.
  run(cycles) {
    const { chip } = this;
    const { core, clock } = chip;
    const nanos = 1e9 / chip.clkSys;
    const end = core.cycles + cycles;
    while (core.cycles < end && this.exitStatus === undefined) {
      if (core.waiting) {
        this.#sleep(end);
        continue;
      }
      const pc = core.PC;
      clock.tick(core.executeInstruction() * nanos);
      if (this.#fault) this.#enterHardFault(pc);
    }
    this.exitStatus ??= this.semihosting?.exitStatus;
  }

  // The core waits for an interrupt: time goes on to the next alarm of the chip, or to `end`.
  #sleep(end) {
    const { core, clock, clkSys } = this.chip;
    const left = ((end - core.cycles) * 1e9) / clkSys;
    const nanos = Math.min(left, clock.nextAlarm ? clock.nanosToNextAlarm : left);
    core.cycles += Math.max(1, Math.ceil((nanos * clkSys) / 1e9));
    clock.tick(nanos);
  }

  #onBreakpoint(code) {
    const { core } = this.chip;
    const isSemihosting = code === SEMIHOSTING_BREAKPOINT && this.chip.readUint16(core.PC - 2) >>> 8 === 0xbe;
    if (isSemihosting && this.semihosting) {
      this.semihosting.serve();
      this.exitStatus = this.semihosting.exitStatus;
    } else {
      this.#fault = true;
    }
  }

  // rp2040js writes accesses that the chip answers with a fault into its log, and goes on.
  #faultsFromLog() {
    const isFault = /not 32 bit aligned|invalid memory address|undefined address|is not implemented yet/;
    const check = (_component, message) => {
      if (isFault.test(message)) this.#fault = true;
    };
    return { debug() {}, info() {}, warn: check, error: check };
  }

  #enterHardFault(pc) {
    const { core } = this.chip;
    this.#fault = false;
    if (core.IPSR === HARD_FAULT) throw new Error(`a fault in the handler of faults, at 0x${pc.toString(16)}`);
    core.PC = pc;
    core.exceptionEntry(HARD_FAULT);
  }
}

// rp2040js keeps the lowest bit of a vector, which only says that the handler is Thumb code, in the program counter, and
// reads of the program counter in the handler, such as those of jump tables, are wrong by one.
function mendExceptionEntry(core) {
  const enter = core.exceptionEntry.bind(core);
  core.exceptionEntry = (number) => {
    enter(number);
    core.PC &= ~1;
  };
}

// The boot ROM's CRC-32 (RP2040 data sheet, 2.8.1.3.1): polynomial 0x04c11db7, not reflected, of all but the last word.
function boot2Checksum(boot2) {
  let crc = 0xffffffff;
  for (const byte of boot2.subarray(0, BOOT2_LENGTH - 4)) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 || crc & 0x80000000 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}
