/** What a console command answers: the text it prints, and how it ends. */

export interface ConsoleAnswer {
  /** Whole lines. */
  readonly stdout: string
  /** 0, or 1 where Riak's last line says `error` (its own scripts exit 0 there: ours do not). */
  readonly exitCode: number
  /** The question is to be put again after this many ms (`wait-for-service`). */
  readonly retryAfterMs?: number
}

/** Lines, then `ok`, as Riak 3 ends what succeeded. */
export function ok(...lines: readonly string[]): ConsoleAnswer {
  return plain(...lines, 'ok')
}

/** Lines, then Riak's last line for a failure. */
export function failed(lines: readonly string[], last = 'error'): ConsoleAnswer {
  return { stdout: joined([...lines, last]), exitCode: 1 }
}

/** Lines alone. */
export function plain(...lines: readonly string[]): ConsoleAnswer {
  return { stdout: joined(lines), exitCode: 0 }
}

/** How a command is called, for one who called it wrongly. */
export function usage(text: string): ConsoleAnswer {
  return { stdout: text, exitCode: 1 }
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
