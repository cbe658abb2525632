import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoreError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { Dispatcher } from '../../../src/riak/client/dispatcher.ts'
import { Fifo } from '../../../src/riak/client/fifo.ts'
import type { CallKind } from '../../../src/riak/riak-calls.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { fakeRiakClient } from '../../support/fake-riak-client.ts'

describe('dispatcher', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('get' as const) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('repeatable put' as const) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('open' as const), which: fc.nat() }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('break' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), which: fc.nat() }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.integer({ min: 1, max: 900 }),
      }),
    },
  )

  test('every call settles once and in time, a plain put is sent once at most, and stop leaves nothing (any order of answers, breaks and pauses; 3 nodes)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const clock = fakeClock()
        const fake = fakeRiakClient()
        const dispatcher = new Dispatcher({
          addresses: [1, 2, 3].map((n) => ({ host: `riak${n}`, port: 8087 })),
          client: fake.client,
          clock,
          dice: seededDice(5),
          log: { write: () => undefined },
        })
        const start = dispatcher.start({ mayBeDown: true })
        const calls: {
          ends: number
          sent: number
          kind: string
          lateMs: number
          error?: StoreError
        }[] = []
        const submit = (call: CallKind, isRepeatable: boolean): void => {
          const entry: (typeof calls)[number] = {
            ends: 0,
            sent: 0,
            kind: `${call} ${isRepeatable}`,
            lateMs: 0,
          }
          const startMs = clock.monotonicMs()
          const timeoutMs = 1_000
          calls.push(entry)
          const end = (error?: StoreError): void => {
            entry.ends++
            entry.lateMs = clock.monotonicMs() - startMs - timeoutMs - limits.riakGraceMs
            if (error !== undefined) entry.error = error
          }
          dispatcher
            .submit({
              call,
              timeoutMs,
              isRepeatable,
              bytes: 10,
              attempt: () => {
                entry.sent++
                return {
                  command: new fake.client.commands.FetchServerInfo(() => undefined),
                  receive: () => true,
                  result: () => undefined,
                }
              },
            })
            .then(
              () => {
                end()
              },
              (error: unknown) => {
                end(error as StoreError)
              },
            )
        }
        const pick = <T>(from: readonly T[], which: number): T | undefined =>
          from[which % from.length]
        for (const action of steps) {
          const alive = fake.alive()
          switch (action.do) {
            case 'get':
              submit('get', true)
              break
            case 'put':
              submit('put', false)
              break
            case 'repeatable put':
              submit('put', true)
              break
            case 'open':
              pick(
                alive.filter((c) => !c.isOpen),
                action.which,
              )?.open()
              break
            case 'answer':
              pick(
                alive.filter((c) => c.command !== undefined),
                action.which,
              )?.answer()
              break
            case 'break':
              pick(
                alive.filter((c) => c.isOpen),
                action.which,
              )?.break()
              break
            case 'refuse':
              pick(
                alive.filter((c) => !c.isOpen),
                action.which,
              )?.refuse()
              break
            case 'wait':
              for (let ms = 0; ms < action.ms; ms += 20) {
                clock.advance(20)
                await Promise.resolve()
              }
          }
          await Promise.resolve()
        }
        for (let ms = 0; ms < 2_000; ms += 20) {
          clock.advance(20)
          for (let i = 0; i < 4; i++) await Promise.resolve()
        }
        for (const call of calls) {
          expect(call.ends).toBe(1)
          expect(call.lateMs).toBeLessThanOrEqual(40)
          expect(call.sent).toBeLessThanOrEqual(call.kind === 'put false' ? 1 : 3)
          if (call.error !== undefined && call.kind.startsWith('put')) {
            expect(call.error.outcome).toBe(call.sent > 0 ? 'indefinite' : 'definite')
          }
        }
        dispatcher.stop()
        await start
        expect(fake.alive()).toEqual([])
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})

describe('fifo', () => {
  test('what is pushed comes out in order, whatever is taken in between (5,000 operations)', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 100, maxLength: 5_000 }), (pushes) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        pushes.forEach((isPush, i) => {
          if (isPush || i % 3 === 0) {
            fifo.push(i)
            model.push(i)
          } else {
            expect(fifo.peek()).toBe(model[0])
            fifo.drop()
            model.shift()
          }
        })
        expect(fifo.values()).toEqual(model)
      }),
      { numRuns: 20 },
    )
  })
})
