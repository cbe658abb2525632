/** The program `ringpost`. */

import { guardProcess, runProgram } from './commands/run-program.ts'

/** For what is being written or closed when the command has ended. */
const graceMs = 1_000

guardProcess()
process.exitCode = await runProgram(process.argv.slice(2))
// Everything of ours is closed: a thread or socket that a library left open must not hold the terminal.
setTimeout(() => {
  process.exit()
}, graceMs).unref()
