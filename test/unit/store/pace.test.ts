import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { PaceStopped, restingPace } from '../../../src/store/pace.ts'
import { fakeClock } from '../../support/fake-clock.ts'

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('paced work', () => {
  test.each([
    [200, 200],
    [5 * limits.sweepRestMsMax, limits.sweepRestMsMax],
  ])('a piece that took %d ms is followed by a rest of %d ms', async (workMs, restMs) => {
    const clock = fakeClock()
    const { pace } = restingPace(clock)
    let isOver = false
    const running = pace(
      () =>
        new Promise((resolve) =>
          clock.after(workMs, () => {
            resolve('done')
          }),
        ),
    ).then((value) => {
      isOver = true
      return value
    })
    clock.advance(workMs)
    await settle()
    clock.advance(restMs - 1)
    await settle()
    expect(isOver).toBe(false)
    clock.advance(1)
    expect(await running).toBe('done')
  })

  test('a stop ends the piece in hand, its rest, and every later one; no timer stays', async () => {
    const clock = fakeClock()
    const { pace, stop } = restingPace(clock)
    const hanging = pace(() => new Promise(() => undefined))
    stop()
    stop()
    await expect(hanging).rejects.toBeInstanceOf(PaceStopped)
    await expect(pace(() => Promise.resolve(1))).rejects.toBeInstanceOf(PaceStopped)
    expect(clock.pending).toBe(0)
  })

  test('what fails fails as it did', async () => {
    const { pace } = restingPace(fakeClock())
    await expect(pace(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  })
})
