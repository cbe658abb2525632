/**
 * The bodies of answers to jobs: one JSON text, or parts of a multipart one as they are made.
 *
 * Source: basho/riak_kv src/riak_kv_wm_mapred.erl `pipe_mapred_nonchunked/3`, `result_part/3`.
 */

import type { Term } from '../../causality/external-term.ts'
import type { JobResults } from '../mapreduce/flow.ts'
import type { JobRun } from '../mapreduce/map-reduce.ts'
import type { Rows } from '../mapreduce/rows.ts'
import { weightOf } from '../mapreduce/rows.ts'
import { ListWriter, alike, crashOf, presentRows } from '../mapreduce/write-results.ts'

/** A longer body is handed over piece by piece. */
const wholeBytesMax = 1_048_576
/** Texts are gathered to about this much before they are sent. */
const pieceBytes = 65_536

export interface WholeBody {
  /** The length, where the body comes in pieces. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

/** All results of a job. @throws JobFailedError; JsonWriteError where they are no JSON */
export async function collectLists(run: JobRun): Promise<WholeBody> {
  const byPhase = new Map<number, Rows[]>()
  for (let results = await run.next(); results !== undefined; results = await run.next()) {
    const rows = presentRows(results.rows, run.hasPhases)
    run.held.take(weightOf(rows))
    const known = byPhase.get(results.phase)
    if (known === undefined) byPhase.set(results.phase, [rows])
    else known.push(rows)
  }
  const phases = [...byPhase].toSorted(([a], [b]) => a - b).map(([, batches]) => batches)
  // Of several kept phases only those with results are there.
  if (run.keeps < 2) return bodyOf(await listText(run, phases[0] ?? []))
  const lists: Buffer[] = [Buffer.from('[')]
  for (const [at, batches] of phases.entries()) {
    if (at > 0) lists.push(Buffer.from(','))
    lists.push(...(await listText(run, batches)))
  }
  return bodyOf([...lists, Buffer.from(']')])
}

function bodyOf(pieces: readonly Buffer[]): WholeBody {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (length <= wholeBytesMax) return { headers: [], body: Buffer.concat(pieces) }
  return { headers: [['Content-Length', String(length)]], body: inPieces(pieces) }
}

function inPieces(pieces: readonly Buffer[]): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      const left = pieces.values()
      return { next: () => Promise.resolve(left.next()) }
    },
  }
}

async function listText(run: JobRun, batches: readonly Rows[]): Promise<Buffer[]> {
  const writer = new ListWriter()
  const gathered = new Gathered()
  try {
    for (const rows of batches) {
      for (const piece of writer.elements(rows)) {
        gathered.add(piece)
        if (run.turns.isOver()) await run.turns.next()
      }
    }
  } catch (error) {
    throw crashOf(
      error,
      batches.flatMap((rows): readonly Term[] => (rows.kind === 'terms' ? rows.list : [])),
    )
  }
  gathered.add(writer.end())
  return gathered.take()
}

/** Short texts as few buffers. */
class Gathered {
  #buffers: Buffer[] = []
  #texts: string[] = []
  #chars = 0

  add(text: string): void {
    this.#texts.push(text)
    this.#chars += text.length
    if (this.#chars >= pieceBytes) this.#close()
  }

  get chars(): number {
    return this.#chars
  }

  take(): Buffer[] {
    this.#close()
    const buffers = this.#buffers
    this.#buffers = []
    return buffers
  }

  #close(): void {
    if (this.#chars === 0) return
    this.#buffers.push(Buffer.from(this.#texts.join(''), 'latin1'))
    this.#texts = []
    this.#chars = 0
  }
}

/**
 * The parts, and what closes them; where the job fails, its error and nothing after it.
 *
 * @param end - what is said of an error.
 */
export async function* partsOf(
  run: JobRun,
  boundary: string,
  end: (error: unknown) => string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let results = await run.next(); results !== undefined; results = await run.next()) {
      const rows = presentRows(results.rows, run.hasPhases)
      for (const some of alike(rows)) yield* part(run, { ...results, rows: some }, boundary)
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`)
  } catch (error) {
    yield Buffer.from(end(error))
  } finally {
    run.abort()
  }
}

async function* part(
  run: JobRun,
  results: JobResults,
  boundary: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = new ListWriter()
  const gathered = new Gathered()
  const head = `\r\n--${boundary}\r\nContent-Type: application/json\r\n\r\n`
  gathered.add(`${head}{"phase":${results.phase},"data":`)
  for (const piece of writer.elements(results.rows)) {
    gathered.add(piece)
    if (run.turns.isOver()) await run.turns.next()
    if (gathered.chars === 0) yield* gathered.take()
  }
  gathered.add(`${writer.end()}}`)
  yield* gathered.take()
}
