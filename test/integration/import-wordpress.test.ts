/** `ringpost import` of a WordPress export, as a program: exit codes, kill -9, nothing twice. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run, runToEnd, serve, stage, until } from '../support/program.ts'

const posts = 300

function exportOf(count: number): string {
  const items = Array.from({ length: count }, (_, n) => {
    const comment = (id: number, parent: number): string =>
      `<wp:comment><wp:comment_id>${id}</wp:comment_id><wp:comment_author>Ann</wp:comment_author>` +
      `<wp:comment_date_gmt>2020-01-02 00:00:00</wp:comment_date_gmt><wp:comment_approved>1</wp:comment_approved>` +
      `<wp:comment_content>Comment ${id}</wp:comment_content><wp:comment_parent>${parent}</wp:comment_parent></wp:comment>`
    return (
      `<item><title>Post ${n}</title><guid>https://old.example/?p=${n + 1}</guid><wp:post_id>${n + 1}</wp:post_id>` +
      `<wp:post_name>post-${n}</wp:post_name><wp:post_date_gmt>2020-01-01 00:00:00</wp:post_date_gmt>` +
      `<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><content:encoded>Text ${n}</content:encoded>` +
      `${comment(n * 2 + 1, 0)}${comment(n * 2 + 2, n * 2 + 1)}</item>`
    )
  })
  return `<?xml version="1.0"?><rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>${items.join('')}</channel></rss>`
}

describe('an import of WordPress', () => {
  const { path, env, remember, forget } = stage('wxr')
  const source = (): string => join(path(), 'export.xml')

  test('killed at several moments ends complete: no post and no comment twice', async () => {
    writeFileSync(source(), exportOf(posts))
    let killed = 0
    for (let round = 0; round < 5; round++) {
      const importing = remember(run(['import', source()], env()))
      const isOver = await Promise.race([
        importing.ended.then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, 700 + round * 200, false)),
      ])
      if (!isOver) {
        killed += 1
        await importing.kill()
      }
      forget(importing)
    }
    const last = await runToEnd(['import', source()], env())
    expect(last.code, last.output).toBe(0)
    expect(killed).toBeGreaterThan(0)
    const [, created, updated, unchanged, failed] = (
      /created (\d+), updated (\d+), unchanged (\d+), failed (\d+)\n$/.exec(last.stdout) ?? []
    ).map(Number)
    expect([(created ?? 0) + (unchanged ?? 0), updated, failed]).toEqual([posts, 0, 0])

    const server = remember(await serve(env()))
    const titles = async (): Promise<readonly string[]> => {
      const found: string[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const answer = await fetch(`${server.url}/api/posts?limit=100${query}`)
        const page = (await answer.json()) as { posts: { title: string }[]; next: string | null }
        found.push(...page.posts.map(({ title }) => title))
        cursor = page.next
      }
      return found
    }
    // What was acknowledged before a listing was written is listed within a minute.
    await until('every post is listed', 90_000, async () => (await titles()).length >= posts)
    const listed = await titles()
    expect([listed.length, new Set(listed).size]).toEqual([posts, posts])
    await until('a post shows its two comments, each once', 30_000, async () => {
      const page = await (await fetch(`${server.url}/posts/post-7`)).text()
      return page.split('Comment 15').length === 2 && page.split('Comment 16').length === 2
    })
  }, 200_000)

  test('that is cut off ends with 0 and names what failed; what is no export ends with 2', async () => {
    const whole = exportOf(3)
    writeFileSync(source(), whole.slice(0, whole.indexOf('Post 2') + 100))
    const cut = await runToEnd(['import', source()], env())
    expect([cut.code, cut.stdout]).toEqual([0, 'created 2, updated 0, unchanged 0, failed 1\n'])
    expect(cut.output).toContain('failed: "Post 2": the file ends within it')
    expect(cut.output).toContain('the export is cut off')
    writeFileSync(source(), '<html><body>Are you sure you want to do this?</body></html>')
    const none = await runToEnd(['import', '--format', 'wxr', source()], env())
    expect([none.code, none.stdout]).toEqual([2, ''])
    expect(none.output).toContain('is no export of WordPress')
  }, 60_000)

  test('that only tries writes nothing, and says the same', async () => {
    writeFileSync(source(), exportOf(3))
    const dry = await runToEnd(['import', '--dry-run', source()], env())
    expect([dry.code, dry.stdout]).toEqual([0, 'created 3, updated 0, unchanged 0, failed 0\n'])
    const real = await runToEnd(['import', source()], env())
    expect([real.code, real.stdout]).toEqual([0, 'created 3, updated 0, unchanged 0, failed 0\n'])
  }, 60_000)
})
