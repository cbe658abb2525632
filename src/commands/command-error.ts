/** How a command ends badly: one sentence for the operator, and an exit code. */

/** 1: refused or failed; 2: called wrongly, or configured wrongly. */
export type ExitCode = 1 | 2

export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = 1, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
