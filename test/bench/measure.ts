/** One name: the program and its floor in turn, so that a machine that gets slower slows both. */

import { setTimeout as rest } from 'node:timers/promises'
import { cpuMs } from './machine.ts'
import type { Context } from './part.ts'
import type { Unit } from './report.ts'
import { type Round, median, summarise } from './statistics.ts'

export interface Beside {
  readonly name: string
  readonly unit: Extract<Unit, 'ops/s' | 'requests/s'>
  /** The process that is measured. */
  readonly pid: number
  readonly program: (seconds: number) => Promise<Round>
  readonly floor: (seconds: number) => Promise<Round>
  /** After each round, ms: what a store still writes out must not slow the other's round. Default 0. */
  readonly restMs?: number
}

/** Before the first round: compilers have seen the code, caches the data. */
const warmUpShare = 0.5

export async function measureBeside(context: Context, of: Beside): Promise<void> {
  const { seconds, rounds, tell, done } = context
  tell(of.name)
  const { restMs = 0 } = of
  await of.program(seconds * warmUpShare)
  await of.floor(seconds * warmUpShare)
  await rest(restMs)
  const measured: Round[] = []
  const floors: Round[] = []
  const micros: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = cpuMs(of.pid)
    const made = await of.program(seconds)
    const after = cpuMs(of.pid)
    measured.push(made)
    if (before !== undefined && after !== undefined) {
      micros.push(((after - before) * 1_000) / made.operations)
    }
    await rest(restMs)
    floors.push(await of.floor(seconds))
    await rest(restMs)
  }
  const { perSecond, p50, p99 } = summarise(measured)
  const floor = summarise(floors).perSecond
  const cpuMicros = micros.length === 0 ? undefined : median(micros)
  done({ name: of.name, value: perSecond, unit: of.unit, p50, p99, floor, cpuMicros })
}
