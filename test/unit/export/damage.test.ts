/** What is missing is told; what is damaged is named, and the rest is brought. */

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'

import { ArchiveError } from '../../../src/export/archive.ts'
import { PlaceTakenError } from '../../../src/export/workspace.ts'
import { openOwnArchive } from '../../../src/import/own/own-archive.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { brought, exported, exportsFolder, newBlog, sums } from '../../support/round-trip.ts'

const folder = exportsFolder()
let blog: Blog
let riak: MemoryRiakKv
let postId: string
let n = 0
let place: string

beforeEach(async () => {
  ;({ blog, riak } = await newBlog())
  const { post } = await blog.posts.create(
    { title: 'One', body: 'first', status: 'published' },
    { by: 'ann' },
  )
  postId = post.id
  await blog.posts.save(postId, { body: 'second' }, { ifMatch: '*', mode: 'change', by: 'ann' })
  await blog.posts.create({ title: 'Two', body: 'b', status: 'published' }, { by: 'ann' })
  await blog.comments.add(
    postId,
    { author: 'R', email: 'r@example.org', body: 'c' },
    { verdict: 'approved' },
  )
  await blog.media.put({
    bytes: new Uint8Array([1, 2, 3]),
    name: 'a.png',
    contentType: 'image/png',
  })
  await blog.settle()
  place = folder.at(`e${++n}`)
})
afterAll(() => {
  folder.remove()
})

describe('an export', () => {
  test('of an unchanged blog has equal bytes each time, but for the manifest', async () => {
    await exported(blog, place)
    await exported(blog, `${place}-again`)
    const sumsOf = (at: string): string => readFileSync(join(at, 'SHA256SUMS'), 'utf8')
    expect(sumsOf(`${place}-again`)).toBe(sumsOf(place))
  })

  test('in which a named object is not found is not complete, and says which', async () => {
    riak.faults.inject({ call: 'get', type: 'revisions', times: Infinity }, { kind: 'not-found' })
    const { manifest, missing } = await exported((await again()).blog, place)
    expect(manifest.complete).toBe(false)
    expect(missing).toEqual([expect.stringContaining(`revisions/${postId}/`)])
    expect(manifest.gaps).toEqual(missing)
  })

  test('keeps bytes that nobody can read, names them, and they come back to quarantine', async () => {
    const bytes = new TextEncoder().encode('no JSON \u0000')
    await riak.put(
      { type: 'posts', bucket: 'blog', key: '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
      { value: bytes, contentType: 'application/json' },
    )
    const { manifest, missing } = await exported(blog, place)
    expect(manifest.complete).toBe(false)
    expect(missing[0]).toContain('posts/01ARZ3NDEKTSV4RRFFQ69G5FAV: it cannot be read')
    const { blog: other } = await newBlog()
    const { report } = await brought(other, place)
    expect(report.of.quarantine.created).toBe(1)
    expect(report.of.posts).toMatchObject({ created: 2, failed: 0 })
  })

  test('without addresses has none, and takes none away where it is brought', async () => {
    await exported(blog, place, { addresses: false })
    expect(readFileSync(join(place, 'blog.ndjson'), 'utf8')).not.toContain('r@example.org')
    const { report } = await brought(blog, place)
    expect(report.of.comments.unchanged).toBe(1)
    const [comment] = (await blog.comments.queue({ status: 'approved', limit: 5 })).comments
    expect(comment).toMatchObject({ email: 'r@example.org', status: 'approved' })
  })

  test('takes no place where something else stands, and an older export only when told to', async () => {
    mkdirSync(place)
    writeFileSync(join(place, 'letter.txt'), 'mine')
    await expect(exported(blog, place, { replace: true })).rejects.toThrow(PlaceTakenError)
    rmSync(join(place, 'letter.txt'))
    await exported(blog, place)
    await expect(exported(blog, place)).rejects.toThrow(/--replace/)
    await exported(blog, place, { replace: true })
    expect(existsSync(`${place}.partial`)).toBe(false)
  })

  test('that was killed is cleared away by the next, and what it had set aside is put back', async () => {
    await exported(blog, place)
    const partial = `${place}.partial`
    mkdirSync(partial)
    writeFileSync(join(partial, 'owner.json'), '{"pid":2147483646}')
    renameSync(place, join(partial, 'old'))
    await expect(exported(blog, place)).rejects.toThrow(/is an export of/)
    expect(existsSync(join(place, 'manifest.json'))).toBe(true)
    mkdirSync(partial)
    writeFileSync(join(partial, 'letter.txt'), 'mine')
    await expect(exported(blog, place, { replace: true })).rejects.toThrow(/move it elsewhere/)
  })
})

describe('an import', () => {
  test('of what is there already writes nothing, and may be repeated', async () => {
    await exported(blog, place)
    const { blog: other, riak: store } = await newBlog()
    await brought(other, place)
    const puts = store.counts()['put']
    const { report } = await brought(other, place)
    expect(sums(report).slice(0, 2)).toEqual([0, 0])
    expect(store.counts()['put']).toBe(puts)
  })

  test('into a blog that went on loses neither side', async () => {
    await exported(blog, place)
    const { blog: other } = await newBlog()
    await brought(other, place)
    await other.posts.save(postId, { title: 'Theirs' }, { ifMatch: '*', mode: 'change', by: 'bob' })
    await blog.posts.save(postId, { body: 'ours' }, { ifMatch: '*', mode: 'change', by: 'ann' })
    await exported(blog, `${place}-later`)
    const { report } = await brought(other, `${place}-later`)
    expect(report.of.posts).toMatchObject({ updated: 1, unchanged: 1 })
    expect(await other.posts.read(postId)).toMatchObject({ title: 'Theirs', body: 'ours' })
  })

  test('of a Markdown file that a person changed saves what was changed', async () => {
    await exported(blog, place, { layout: 'markdown' })
    const day = (await blog.posts.read(postId))!.publishedAt!.slice(0, 10)
    const file = join(place, 'posts', `${day}-one`, 'index.md')
    writeFileSync(file, readFileSync(file, 'utf8').replace('second', 'by hand'))
    const { blog: other } = await newBlog()
    const { report, failed } = await brought(other, place)
    expect(failed).toEqual([])
    expect(report.edited).toMatchObject({ updated: 1 })
    expect(await other.posts.read(postId)).toMatchObject({ title: 'One', body: 'by hand' })
    expect((await brought(other, place)).report.edited).toMatchObject({ updated: 0, unchanged: 1 })
  })

  test('of a record that is not what its hash says refuses it alone', async () => {
    await exported(blog, place)
    const file = join(place, 'blog.ndjson')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"body":"first"', '"body":"forged"'))
    const { blog: other } = await newBlog()
    const { report, failed } = await brought(other, place)
    expect(failed).toEqual([expect.stringContaining('not what its hash says')])
    expect(report.damage).toEqual(['blog.ndjson: it is not as it was written'])
    expect(report.of.posts.created).toBe(2)
  })

  test('of records that end too soon brings the whole ones and counts the rest as missing', async () => {
    await exported(blog, place)
    const file = join(place, 'blog.ndjson')
    truncateSync(file, readFileSync(file).length - 40)
    const { report } = await brought((await newBlog()).blog, place)
    expect(report.broken).toBe(1)
    expect(report.damage[0]).toContain('not as it was written')
    expect(report.of.posts.created).toBe(2)
  })

  test.each([
    [
      'a newer format',
      (at: string) => {
        rewrite(join(at, 'manifest.json'), '"ringpostExport": 1', '"ringpostExport": 2')
      },
      /format 2.*up to 1/,
    ],
    [
      'a list of sums that is gone',
      (at: string) => {
        rmSync(join(at, 'SHA256SUMS'))
      },
      /SHA256SUMS is missing/,
    ],
  ])('refuses %s in words', async (_what, spoil, words) => {
    await exported(blog, place)
    spoil(place)
    const opening = openOwnArchive(place)
    await expect(opening).rejects.toThrow(ArchiveError)
    await expect(opening).rejects.toThrow(words)
  })

  test('follows no link, and no name that leads out of the folder', async () => {
    await exported(blog, place)
    const outside = folder.at(`outside${n}`)
    renameSync(join(place, 'blog.ndjson'), outside)
    symlinkSync(outside, join(place, 'blog.ndjson'))
    appendFileSync(join(place, 'SHA256SUMS'), `${'0'.repeat(64)}  ../outside${n}\n`)
    const { report } = await brought((await newBlog()).blog, place)
    expect(report.of.posts.created).toBe(0)
    const damage = report.damage.join('\n')
    expect(damage).toContain('blog.ndjson is not a regular file')
    expect(damage).toContain('names no file of an export')
  })

  test('of a zip that was cut off says so', async () => {
    const zip = `${place}.zip`
    await exported(blog, zip)
    truncateSync(zip, readFileSync(zip).length - 30)
    await expect(openOwnArchive(zip)).rejects.toThrow(/no whole zip file/)
  })

  test('of a line without end stops at its bound', async () => {
    await exported(blog, place)
    writeFileSync(join(place, 'blog.ndjson'), 'x'.repeat(5_000_000))
    const { report } = await brought((await newBlog()).blog, place)
    expect(report.damage.join('\n')).toContain('not as it was written')
    expect(report.of.posts.created).toBe(0)
  })
})

/** The same store, met by a program that remembers nothing of it. */
async function again(): Promise<{ readonly blog: Blog }> {
  const { blogOn } = await import('../../support/open-blog.ts')
  return { blog: await blogOn(riak) }
}

function rewrite(file: string, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
}
