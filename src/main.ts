/** The program `ringpost`. */

import { guardProcess, runProgram } from './commands/run-program.ts'
import { systemTerminal } from './commands/terminal.ts'

/** For what is being written or closed when the command has ended. */
const graceMs = 1_000

guardProcess()
process.exitCode = await runProgram(process.argv.slice(2))
// Everything is closed: whatever was left open all the same must not hold the terminal, nor go unnoticed.
setTimeout(() => {
  systemTerminal().tell(
    `ringpost: left open at the end: ${process.getActiveResourcesInfo().join()}`,
  )
  process.exit()
}, graceMs).unref()
