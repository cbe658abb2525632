/** The JSON layout: every record in one file, a line each, and the media beside it. */

import { recordLine, recordsName } from './format.ts'
import type { LayoutRun } from './layout.ts'
import { blocksOf } from './lines.ts'

export async function writeJson(run: LayoutRun): Promise<void> {
  const lines = async function* (): AsyncGenerator<string> {
    for await (const step of run.steps()) if (step.kind === 'copy') yield recordLine(step.copy)
  }
  await run.add(recordsName, blocksOf(lines()))
}
