/** Rules of the house that no linter knows. One pass over the sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { limits } from '../src/kernel/limits.ts'

const roots = ['src', 'buckets', 'mapreduce']
const under = (root: string, pattern: RegExp): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => `${root}/${file}`)
const sources = roots.flatMap((root) => under(root, /\.tsx?$/))
const text = (file: string): string => readFileSync(file, 'utf8')

describe('tidy', () => {
  /** Only the runtime adapters may touch the machine's clock or dice; all else is replayable. */
  const nondeterminism =
    /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)|\bset(Timeout|Interval|Immediate)\(|\bperformance\.now\b|\brandomUUID\b|\brandomBytes\b/
  test.each(sources.filter((file) => !/^src\/(runtime\/|commands\/|main)/.test(file)))(
    '%s takes its clock and dice from ports',
    (file) => {
      expect(text(file)).not.toMatch(nondeterminism)
    },
  )

  const hardRooms = /^src\/(embedded\/(ring|vnode|quorum|query|handoff|entropy)|causality)\//
  test.each(sources.filter((file) => hardRooms.test(file)))(
    '%s opens with a header that names its source',
    (file) => {
      expect(text(file)).toMatch(/^\/\*\*[\s\S]*?(Source:)[\s\S]*?\*\//)
    },
  )

  test.each(sources)('%s stays under 500 lines', (file) => {
    expect(text(file).split('\n').length).toBeLessThanOrEqual(500)
  })

  test('every limit is a positive whole number', () => {
    for (const [name, value] of Object.entries(limits)) {
      expect(Number.isSafeInteger(value) && value > 0, name).toBe(true)
    }
  })

  test('the lock file names no registry host', () => {
    expect(text('package-lock.json')).not.toMatch(/"resolved": "https?:/)
  })

  test('no source or document names a path of one machine', () => {
    const documents = ['README.md', ...roots.flatMap((root) => under(root, /\.(md|tsx?)$/))]
    for (const file of documents) {
      expect(text(file), file).not.toMatch(/\/(home|root|Users)\/\w+\//)
    }
  })

  test('the README lists every room of src', () => {
    const readme = text('README.md')
    const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const room of rooms) expect(readme).toContain(`src/${room.name}`)
  })
})
