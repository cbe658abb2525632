/** Waiting for derived work, but not for long: the answer says whether it is trailing. */

import type { Clock } from '../kernel/ports.ts'

export type Waited<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'trailing' }

/**
 * @param onTrouble - told of a failure, whether somebody still waits or not; it counts as trailing,
 * for the sweeper does what was left.
 */
export function within<T>(
  clock: Clock,
  budgetMs: number,
  work: Promise<T>,
  onTrouble: (error: unknown) => void,
): Promise<Waited<T>> {
  return new Promise((resolve) => {
    const timer = clock.after(budgetMs, () => {
      resolve({ kind: 'trailing' })
    })
    work.then(
      (value) => {
        timer.cancel()
        resolve({ kind: 'done', value })
      },
      (error: unknown) => {
        timer.cancel()
        onTrouble(error)
        resolve({ kind: 'trailing' })
      },
    )
  })
}
