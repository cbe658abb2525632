/** What a part of the bench is: some names, measured on one stage that it sets up and clears away. */

import type { Shown } from './report.ts'

export interface Context {
  /** Length of one round, s. Every figure is the median of `rounds` of them. */
  readonly seconds: number
  readonly rounds: number
  /** How long the whole blog is under load, s. */
  readonly loadSeconds: number
  /** Whether this name is asked for. */
  readonly wants: (name: string) => boolean
  /** Programs that are measured write their CPU profiles here. */
  readonly profileFolder: string | undefined
  /** Progress, for people. */
  readonly tell: (text: string) => void
  readonly done: (result: Shown) => void
  /** Runs when the part ends, last first, however it ends. */
  readonly cleanUp: (step: () => Promise<void> | void) => void
}

export interface Part {
  readonly names: readonly string[]
  readonly run: (context: Context) => Promise<void>
}
