/**
 * How long answers take, lately: counts of answers by their time, in steps of 19 %. Old answers fade:
 * the counts are halved whenever there are `keptMax` of them.
 */

/** Steps for each doubling of the time. */
const stepsPerDoubling = 4
/** The shortest time that is told apart, ms. */
const shortestMs = 0.25
/** Up to 0.25 ms · 2^(72/4), a minute. */
const stepCount = 73
const keptMax = 1_024
/** With fewer answers than these nothing is said. */
const keptMin = 16

export class Latency {
  readonly #counts = new Float64Array(stepCount)
  #total = 0

  add(ms: number): void {
    const step = Math.ceil(stepsPerDoubling * Math.log2(ms / shortestMs))
    const at = Math.min(stepCount - 1, Math.max(0, step))
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total++
    if (this.#total < keptMax) return
    for (let i = 0; i < stepCount; i++) this.#counts[i] = (this.#counts[i] ?? 0) / 2
    this.#total /= 2
  }

  /**
   * @param share - between 0 and 1.
   * @returns a time, ms, within which that share of the answers came; undefined where too few came.
   */
  within(share: number): number | undefined {
    if (this.#total < keptMin) return undefined
    let sum = 0
    for (let step = 0; step < stepCount; step++) {
      sum += this.#counts[step] ?? 0
      if (sum >= share * this.#total) return shortestMs * 2 ** (step / stepsPerDoubling)
    }
    return shortestMs * 2 ** ((stepCount - 1) / stepsPerDoubling)
  }
}
