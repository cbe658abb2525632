/** Results as a table for people and as JSON for programs. Pure. */

/** Units in which more is better; in all others less is. */
const rates = new Set<Unit>(['ops/s', 'requests/s', 'posts/s'])

export type Unit = 'ops/s' | 'requests/s' | 'posts/s' | 'ms' | 's' | 'MiB/min'

/** One line of the report: what was measured, beside the same work without the program. */
export interface Result {
  readonly name: string
  readonly value: number
  readonly unit: Unit
  /** ms of one operation; of `MiB/min` the memory itself, MiB, and `p99` the most of it. */
  readonly p50: number
  readonly p99: number
  /** In `unit`, measured in the same run. */
  readonly floor: number
}

/** What stands beside a result for people only. */
export interface Shown extends Result {
  /** CPU time of the program for one operation, µs; undefined where the system does not tell. */
  readonly cpuMicros?: number | undefined
}

/** How near to the floor, 1 being as fast as it. */
export function ratio(result: Pick<Result, 'value' | 'unit' | 'floor'>): number {
  return rates.has(result.unit) ? result.value / result.floor : result.floor / result.value
}

/** Three figures that count; whole numbers from 100 on, with thousands set off. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

const heading = ['name', 'value', 'unit', 'p50 ms', 'p99 ms', 'floor', 'ratio', 'CPU µs']

/** @returns lines of one width, names to the left and numbers to the right. */
export function showTable(results: readonly Shown[]): string {
  const rows = results.map((result) => [
    result.name,
    showNumber(result.value),
    result.unit,
    showNumber(result.p50),
    showNumber(result.p99),
    showNumber(result.floor),
    // Memory that stays as it is has no floor to be near to.
    result.floor === 0 ? '' : ratio(result).toFixed(2),
    result.cpuMicros === undefined ? '' : showNumber(result.cpuMicros),
  ])
  const widths = heading.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const isText = (at: number): boolean => at === 0 || at === 2
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0
        return isText(at) ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  return [heading, ...rows].map(line).join('\n')
}

function rounded(value: number): number {
  return Number(value.toPrecision(6))
}

/** The interface that other programs read: exactly these fields, in this order. */
export function showJson(results: readonly Result[]): string {
  return JSON.stringify({
    results: results.map(({ name, value, unit, p50, p99, floor }) => ({
      name,
      value: rounded(value),
      unit,
      p50: rounded(p50),
      p99: rounded(p99),
      floor: rounded(floor),
    })),
  })
}
