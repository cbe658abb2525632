/** What is there already costs no wait. */

/** A value that is there already, or a promise of it. */
export type Soon<T> = T | Promise<T>

/** Go on with the value: at once where it is there. */
export function soon<T, R>(value: Soon<T>, goOn: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}

/** All values, in order: at once where all are there. */
export function allSoon<T>(values: readonly Soon<T>[]): Soon<readonly T[]> {
  const isThere = (value: Soon<T>): value is Exclude<Soon<T>, Promise<T>> =>
    !(value instanceof Promise)
  return values.every(isThere) ? values : Promise.all(values)
}
