// Arm's semihosting (github.com/ARM-software/abi-aa, semihosting.rst): what a debugger does for a program. Only the services
// that pocketgan's firmware asks for: its arguments, its log, and its end.

const SYS_OPEN = 0x01;
const SYS_CLOSE = 0x02;
const SYS_WRITE = 0x05;
const SYS_ERRNO = 0x13;
const SYS_GET_CMDLINE = 0x15;
const SYS_EXIT = 0x18;
const SYS_EXIT_EXTENDED = 0x20;

const APPLICATION_EXIT = 0x20026;
const CONSOLE = ':tt';
const CONSOLE_HANDLE = 1;
const FAILED = -1;

export class Semihosting {
  // `onLog` gets the bytes that the program writes to the debugger's console.
  constructor(chip, commandLine) {
    this.chip = chip;
    this.commandLine = Buffer.from(`${commandLine}\0`);
    this.onLog = () => {};
    this.exitStatus = undefined;
  }

  // Answers the request that the registers of the core describe.
  serve() {
    const { registers } = this.chip.core;
    const answer = this.#answer(registers[0], registers[1]);
    if (answer !== undefined) registers[0] = answer;
  }

  #answer(operation, parameter) {
    const field = (index) => this.chip.readUint32(parameter + 4 * index);
    switch (operation) {
      case SYS_OPEN:
        return this.#bytes(field(0), field(2)).toString() === CONSOLE ? CONSOLE_HANDLE : FAILED;
      case SYS_WRITE:
        this.onLog(this.#bytes(field(1), field(2)));
        return 0;
      case SYS_GET_CMDLINE:
        return this.#giveCommandLine(field(0), field(1), parameter + 4);
      case SYS_EXIT:
        this.exitStatus = parameter >>> 0 === APPLICATION_EXIT ? 0 : 1;
        return undefined;
      case SYS_EXIT_EXTENDED:
        this.exitStatus = field(1);
        return undefined;
      case SYS_CLOSE:
      case SYS_ERRNO:
        return 0;
      default:
        return FAILED;
    }
  }

  #giveCommandLine(address, room, lengthAddress) {
    if (this.commandLine.length > room) return FAILED;
    this.commandLine.forEach((byte, index) => this.chip.writeUint8(address + index, byte));
    this.chip.writeUint32(lengthAddress, this.commandLine.length - 1);
    return 0;
  }

  #bytes(address, length) {
    return Buffer.from(Array.from({ length }, (_, index) => this.chip.readUint8(address + index)));
  }
}
