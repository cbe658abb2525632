/** How far a long command is: a bar that redraws on a terminal, plain lines now and then elsewhere. */

import { MultiBar, Presets } from 'cli-progress'
import type { Clock } from '../kernel/ports.ts'
import type { Terminal } from './terminal.ts'

export interface Progress {
  /** @param total - unknown: 0. */
  readonly begin: (total: number) => void
  readonly reached: (done: number) => void
  /** A line that stays, above the bar. */
  readonly say: (text: string) => void
  readonly end: () => void
}

/** Between two plain lines, so that a log of an hour stays readable. */
const plainEveryMs = 5_000

/** @param what - the noun behind the numbers, e.g. `posts`. */
export function showProgress(terminal: Terminal, clock: Clock, what: string): Progress {
  return terminal.isInteractive ? bar(terminal, what) : lines(terminal, clock, what)
}

function bar(terminal: Terminal, what: string): Progress {
  const bars = new MultiBar(
    {
      stream: process.stderr,
      format: `{bar} {value}/{total} ${what}  {duration_formatted}`,
      hideCursor: true,
      clearOnComplete: true,
      fps: 10,
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  let single: ReturnType<MultiBar['create']> | undefined
  return {
    begin: (total) => {
      single = bars.create(total, 0)
    },
    reached: (done) => {
      single?.update(done)
    },
    say: (text) => {
      if (single === undefined) terminal.tell(text)
      else bars.log(`${text}\n`)
    },
    end: () => {
      bars.stop()
    },
  }
}

function lines(terminal: Terminal, clock: Clock, what: string): Progress {
  let total = 0
  let done = 0
  let saidAtMs = 0
  let saidDone = -1
  const say = (): void => {
    saidAtMs = clock.monotonicMs()
    saidDone = done
    terminal.tell(total > 0 ? `${done} of ${total} ${what}` : `${done} ${what}`)
  }
  return {
    begin: (count) => {
      total = count
      saidAtMs = clock.monotonicMs()
    },
    reached: (count) => {
      done = count
      if (clock.monotonicMs() - saidAtMs >= plainEveryMs) say()
    },
    say: (text) => {
      terminal.tell(text)
    },
    end: () => {
      if (done !== saidDone) say()
    },
  }
}
