/** The Erlang module against the golden table: compiled, and called as a Riak node calls it. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ringpostModule } from '../../mapreduce/ringpost-mapreduce.ts'
import type { Json, MapName } from '../../mapreduce/ringpost-mapreduce.ts'
import { compileErlang, whyNoErlang } from '../support/erlang-jobs.ts'
import type { ErlangJobs } from '../support/erlang-jobs.ts'
import { damagedObject, wholeObject } from '../support/mapreduce-arbitraries.ts'
import { mapCases, mapNames, reduceCases, sortedRows } from '../support/mapreduce-cases.ts'

describe.skipIf(whyNoErlang !== undefined)(
  `golden table: Erlang${whyNoErlang === undefined ? '' : ` (skipped: ${whyNoErlang})`}`,
  () => {
    let erlang: ErlangJobs
    /** By case and function. */
    const given = new Map<string, Json>()

    beforeAll(() => {
      erlang = compileErlang()
      const asked = mapCases.flatMap(({ name, object }) =>
        mapNames.map((map) => ({ name, question: { function: map, object } })),
      )
      const answers = erlang.ask(asked.map(({ question }) => question))
      for (const [at, { name, question }] of asked.entries()) {
        given.set(keyOf(name, question.function), answers[at]!)
      }
    })
    afterAll(() => {
      erlang.close()
    })

    test.each(mapCases)('$name', ({ name, rows }) => {
      for (const map of mapNames) {
        const answer = given.get(keyOf(name, map))
        expect(Array.isArray(answer) ? sortedRows(answer as readonly Json[]) : answer, map).toEqual(
          rows[map],
        )
      }
    })

    test('reduce gives the same rows in the same order', () => {
      const answers = erlang.ask(
        reduceCases.map(({ values }) => ({ function: 'reduce_rows' as const, values })),
      )
      expect(answers).toEqual(reduceCases.map(({ rows }) => rows))
    })

    test('generated and damaged values give what they give in TypeScript, without an exception', () => {
      const questions = [...fc.sample(wholeObject, 100), ...fc.sample(damagedObject, 200)].flatMap(
        (object) => mapNames.map((map) => ({ function: map, object })),
      )
      const answers = erlang.ask(questions)
      for (const [at, { function: map, object }] of questions.entries()) {
        const answer = answers[at]!
        const rows = sortedRows(ringpostModule.map[map](object))
        expect(
          JSON.stringify(Array.isArray(answer) ? sortedRows(answer as readonly Json[]) : answer),
          `${map} of ${Buffer.from(object.values![0]!.value).toString('base64')}`,
        ).toBe(JSON.stringify(rows))
      }
    })

    test('an object that was not found is named by its key data and the phase’s argument, as far as they go', () => {
      const object = { type: 'posts', bucket: 'blog', key: 'k', values: undefined }
      const told: readonly { keyData?: Json; arg?: Json }[] = [
        { keyData: 'k', arg: ['posts', 'blog'] },
        { keyData: 'k' },
        { arg: ['posts', 'blog'] },
        { keyData: { x: 1 }, arg: { y: 2 } },
        {},
      ]
      expect(
        erlang.ask(told.map((each) => ({ function: 'map_posts', object, told: each }))),
      ).toEqual([
        [['unresolved', 'posts', 'blog', 'k']],
        [['unresolved', '', '', 'k']],
        [['unresolved', 'posts', 'blog', '']],
        [['unresolved', '', '', '']],
        [['unresolved', '', '', '']],
      ])
    })
  },
)

function keyOf(name: string, map: MapName): string {
  return `${map} ${name}`
}
