import { describe, expect, test } from 'vitest'
import {
  defaultTypeProps,
  describePropError,
  newTypeProps,
  printPropErrors,
  settingsOf,
  validateProps,
} from '../../../../src/embedded/ring/bucket-props.ts'
import type { PropValue } from '../../../../src/embedded/ring/bucket-props.ts'

const props = (entries: Record<string, PropValue>) => new Map(Object.entries(entries))
const refused = (
  entries: Record<string, PropValue>,
  phase: 'create' | 'update' = 'create',
  before = newTypeProps,
) => {
  const checked = validateProps(phase, before, props(entries))
  return checked.kind === 'invalid' ? checked.errors : []
}

describe('bucket properties', () => {
  test('the default type is as captured: no siblings, no dots', () => {
    expect([...defaultTypeProps.keys()].slice(0, 4)).toEqual([
      'allow_mult',
      'basic_quorum',
      'big_vclock',
      'chash_keyfun',
    ])
    expect(defaultTypeProps.get('allow_mult')).toBe(false)
    expect(defaultTypeProps.get('dvv_enabled')).toBe(false)
    expect(defaultTypeProps.get('write_once')).toBe(false)
    expect(defaultTypeProps.get('repl')).toBe(true)
    expect(defaultTypeProps.size).toBe(24)
  })

  test('a new type keeps siblings with dots, and shows its properties backwards (captures)', () => {
    expect([...newTypeProps.keys()].slice(0, 3)).toEqual(['young_vclock', 'w', 'sync_on_write'])
    expect(newTypeProps.get('allow_mult')).toBe(true)
    expect(newTypeProps.get('dvv_enabled')).toBe(true)
    expect(newTypeProps.has('write_once')).toBe(false)
  })

  test.each<[Record<string, PropValue>, string, string]>([
    [{ n_val: 0 }, '[{n_val,not_integer}]', 'n_val must be an integer'],
    [{ n_val: 'x' }, '[{n_val,not_integer}]', 'n_val must be an integer'],
    [{ n_val: 2.5 }, '[{n_val,not_integer}]', 'n_val must be an integer'],
    [
      { allow_mult: 'maybe' },
      '[{allow_mult,not_boolean}]',
      'allow_mult should be "true" or "false"',
    ],
    [{ r: 0 }, '[{r,not_valid_quorum}]', 'r must be an integer or (one|quorum|all)'],
    [{ pr: -1 }, '[{pr,not_valid_quorum}]', 'pr must be an integer or (one|quorum|all)'],
    [{ dw: 'most' }, '[{dw,not_valid_quorum}]', 'dw must be an integer or (one|quorum|all)'],
    [
      { datatype: 'foo' },
      '[{datatype,"foo not supported for bucket datatype property"}]',
      'foo not supported for bucket datatype property',
    ],
    [
      { allow_mult: false, last_write_wins: true },
      '[{last_write_wins,"If last_write_wins is true, dvv_enabled must be false"}]',
      'If last_write_wins is true, dvv_enabled must be false',
    ],
  ])("%o is refused in Riak's words", (entries, printed, described) => {
    const errors = refused(entries)
    expect(printPropErrors(errors)).toBe(printed)
    expect(errors.map(describePropError)).toEqual([described])
  })

  test('every refusal is named, in the order given', () => {
    expect(refused({ n_val: 'x', r: 'y' }).map(({ property }) => property)).toEqual(['n_val', 'r'])
  })

  test('"true" and "false" are taken as booleans; zero is a quorum for pr, pw and dw', () => {
    const checked = validateProps(
      'create',
      newTypeProps,
      props({ notfound_ok: 'false', pr: 0, pw: 0, dw: 0, r: 'one', w: 2 }),
    )
    expect(checked).toEqual({
      kind: 'valid',
      props: props({ notfound_ok: false, pr: 0, pw: 0, dw: 0, r: 'one', w: 2 }),
    })
  })

  test('the datatype of a live type is fixed; n_val is not (captures: bt-update-dt, bt-update-nval)', () => {
    const maps = new Map([...newTypeProps, ['datatype', 'map']])
    expect(refused({ datatype: 'set' }, 'update', maps).map(describePropError)).toEqual([
      'set not supported for bucket datatype property',
    ])
    expect(refused({ n_val: 2 }, 'update', maps)).toEqual([])
    expect(refused({ allow_mult: false }, 'update', maps)).toHaveLength(1)
  })

  test('a client cannot set name, claimant or active', () => {
    const checked = validateProps(
      'update',
      newTypeProps,
      props({ active: false, name: 'x', n_val: 2 }),
    )
    expect(checked).toEqual({ kind: 'valid', props: props({ n_val: 2 }) })
  })

  test('settings are what requests use', () => {
    const settings = settingsOf(new Map([...defaultTypeProps, ['pr', 'all'], ['n_val', 5]]))
    expect(settings).toMatchObject({ nVal: 5, allowMult: false, notFoundOk: true })
    expect(settings.quorums).toMatchObject({ r: 'quorum', pr: 'all', node_confirms: 0 })
    expect(settings.prune).toEqual({ small: 50, big: 50, young: 20, old: 86_400 })
  })
})
