/** Resident memory of a process over time, and how fast it grows. */

import { readFileSync } from 'node:fs'

export interface MemorySample {
  /** Since the first sample. */
  readonly minutes: number
  readonly mib: number
}

/** Samples until stopped; none where /proc does not tell. */
export function watchMemory(
  pid: number,
  everyMs: number,
): {
  readonly samples: () => readonly MemorySample[]
  readonly stop: () => readonly MemorySample[]
} {
  const samples: MemorySample[] = []
  const beganMs = performance.now()
  const look = (): void => {
    const mib = residentMib(pid)
    if (mib !== undefined) samples.push({ minutes: (performance.now() - beganMs) / 60_000, mib })
  }
  look()
  const timer = setInterval(look, everyMs)
  return {
    samples: () => samples,
    stop: () => {
      clearInterval(timer)
      look()
      return samples
    },
  }
}

function residentMib(pid: number): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) / 1_024
  } catch {
    return undefined
  }
}

/** Caches and heaps fill during this share of the time: what follows tells whether memory is flat. */
const fillingShare = 1 / 3

/**
 * MiB a minute: the line nearest to the samples (least squares) after the first third of their time.
 *
 * @param samples - ascending by time, at least three.
 */
export function memorySlope(samples: readonly MemorySample[]): number {
  const last = samples.at(-1)?.minutes ?? 0
  const late = samples.filter(({ minutes }) => minutes >= last * fillingShare)
  const mean = (of: (sample: MemorySample) => number): number =>
    late.reduce((sum, sample) => sum + of(sample), 0) / late.length
  const meanMinutes = mean(({ minutes }) => minutes)
  const meanMib = mean(({ mib }) => mib)
  const rise = mean(({ minutes, mib }) => (minutes - meanMinutes) * (mib - meanMib))
  const run = mean(({ minutes }) => (minutes - meanMinutes) ** 2)
  return run === 0 ? 0 : rise / run
}
