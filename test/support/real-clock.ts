/** The machine's clock behind the port, for tests that talk to real sockets. */

export { systemClock as realClock } from '../../src/runtime/system-clock.ts'
