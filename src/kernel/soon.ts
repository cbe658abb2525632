/** What is there already costs no wait. */

/** A value that is there already, or a promise of it. */
export type Soon<T> = T | Promise<T>

/** Go on with the value: at once where it is there. */
export function soon<T, R>(value: Soon<T>, goOn: (value: T) => R): Soon<R> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}
