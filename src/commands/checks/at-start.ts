/**
 * The quick checks of a running server: in the background once its cluster answers, and again when it
 * answers after it was away. What needs a hand is told, on the terminal and in the log; nothing waits for it.
 *
 *     away ──a node answers──▶ checked ──none answers──▶ away
 */

import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Log, Timer } from '../../kernel/ports.ts'
import { examineStore } from './examine-store.ts'
import type { StoreToExamine } from './examine-store.ts'
import { showFinding } from './finding.ts'
import type { Finding } from './finding.ts'

export interface StartChecksOptions {
  readonly store: StoreToExamine
  readonly log: Log
  readonly tell: (text: string) => void
}

export interface StartChecks {
  /** Nothing is told any more; what is under way fails, and nobody waits for it. Idempotent. */
  stop(): void
}

const quick = { isQuick: true, isWhole: false }

export function startChecks(options: StartChecksOptions): StartChecks {
  const watching = new Watching(options)
  const { up, of } = options.store.riak.health()
  if (up === 0) {
    const nodes = of === 1 ? 'its node is away' : `all ${of} nodes are away`
    options.tell(`the store does not answer yet (${nodes}): pages say so until it does`)
  }
  watching.look()
  return {
    stop: () => {
      watching.stop()
    },
  }
}

class Watching {
  readonly #options: StartChecksOptions
  #timer: Timer | undefined
  #isRunning = false
  readonly #ending = new AbortController()
  /** Of the time since the cluster was last away. */
  #isChecked = false
  /** Told since the start: a finding that stays is not told again with every return. */
  readonly #told = new Set<string>()

  constructor(options: StartChecksOptions) {
    this.#options = options
  }

  /** Now, and from then on every `checkLookMs`. */
  look(): void {
    const { store, log } = this.#options
    const isUp = store.riak.health().up > 0
    if (!isUp) this.#isChecked = false
    if (isUp && !this.#isChecked && !this.#isRunning) {
      this.#isChecked = true
      this.#isRunning = true
      this.#check()
        .catch((error: unknown) => {
          if (!(error instanceof StoreError)) throw error
          log.write('warn', 'the cluster could not be checked', { error: String(error) })
        })
        .finally(() => {
          this.#isRunning = false
        })
    }
    this.#timer = store.clock.after(limits.checkLookMs, () => {
      this.look()
    })
  }

  stop(): void {
    this.#ending.abort()
    this.#timer?.cancel()
  }

  async #check(): Promise<void> {
    const { store, log } = this.#options
    const findings: Finding[] = []
    const { signal } = this.#ending
    await examineStore(store, quick, (finding) => findings.push(finding), signal)
    if (signal.aborted) return
    const wrong = findings.filter(({ state }) => state === 'wrong')
    for (const finding of findings) if (finding.state !== 'ok') this.#tell(finding)
    if (wrong.length === 0) log.write('info', 'the cluster was checked: nothing needs a hand')
  }

  #tell(finding: Finding): void {
    const { log, tell } = this.#options
    const { check, state, what, advice } = finding
    // Figures within it (milliseconds, seconds) differ each time.
    const gist = what.replace(/\d+(?:\.\d+)?/g, '#')
    if (this.#told.has(gist)) return
    this.#told.add(gist)
    const isWrong = state === 'wrong'
    log.write(isWrong ? 'warn' : 'info', 'a check of the cluster', { check, state, what, advice })
    if (isWrong) tell(showFinding(finding))
  }
}
