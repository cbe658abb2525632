/** The program `ringpost`. */

import { guardProcess, runProgram } from './commands/run-program.ts'

guardProcess()
process.exitCode = await runProgram(process.argv.slice(2))
