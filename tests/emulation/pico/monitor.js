// QEMU's monitor over QMP (its docs/interop/qmp-spec), as far as tests/emulation/src/monitor.rs asks: screenshots.

import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { address } from './serial.js';

export class Monitor {
  constructor(listener, panel) {
    this.panel = panel;
    this.socket = createConnection(address(listener));
    this.socket.on('error', () => {});
    this.#send({ QMP: {} });
    createInterface({ input: this.socket }).on('line', (line) => this.#send(this.#answer(JSON.parse(line))));
  }

  #answer({ execute, arguments: { filename } }) {
    if (execute === 'screendump') writeFileSync(filename, this.panel.screen());
    else if (execute !== 'qmp_capabilities') return { error: `there is no command ${execute}` };
    return { return: {} };
  }

  #send(message) {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }
}
