/**
 * How a program that runs until it is told ends: the first Ctrl-C (or SIGTERM) asks it to finish what it
 * has in hand, the second ends it at once.
 */

export interface Ending {
  /** Resolves with the signal's name. */
  readonly asked: Promise<NodeJS.Signals>
  isAsked(): boolean
  /** Gives the signals back to Node.js. */
  forget(): void
}

/** Exit code of a program that a signal ended, as shells count it. */
const signalNumbers: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }

export function listenForEnding(tell: (text: string) => void): Ending {
  let resolveAsked: (signal: NodeJS.Signals) => void = () => undefined
  const asked = new Promise<NodeJS.Signals>((resolve) => {
    resolveAsked = resolve
  })
  let isAsked = false
  const receive = (signal: NodeJS.Signals): void => {
    if (isAsked) {
      tell('Ended at once.')
      process.exit(128 + (signalNumbers[signal] ?? 0))
    }
    isAsked = true
    resolveAsked(signal)
  }
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, receive)
  return {
    asked,
    isAsked: () => isAsked,
    forget: () => {
      for (const signal of signals) process.off(signal, receive)
    },
  }
}
