/**
 * `kill -9` at random moments. After the restart every acknowledged write is there, the listings agree
 * with the sources within a minute without any command, and nothing had to be repaired by hand.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createToken, run, runToEnd, serve, stage, until } from '../support/program.ts'
import { seededDice } from '../../src/kernel/prng.ts'

const rounds = 20
const concurrent = 500
const seed = Number(process.env['STORY_SEED'] ?? 20_261_123)
const dice = seededDice(seed)
const between = (low: number, high: number): number => low + (dice.uint32() % (high - low + 1))

interface CommentAnswer {
  readonly id: string
}

describe(`kill -9 (STORY_SEED=${seed})`, () => {
  const { path, env, remember, forget } = stage('kill')

  const verifyAgrees = async (serverEnv: Readonly<Record<string, string>>): Promise<void> => {
    let last = ''
    await until('index verify finds no difference', 60_000, async () => {
      const verify = await runToEnd(['index', 'verify'], serverEnv)
      last = verify.output
      return verify.code === 0
    }).catch((error: unknown) => {
      throw new Error(last, { cause: error })
    })
  }

  test(`an import killed ${rounds} times at random moments ends complete, nothing twice`, async () => {
    const posts = 240
    const source = join(path(), 'posts')
    mkdirSync(source)
    for (let n = 0; n < posts; n++) {
      const day = String(1 + (n % 28)).padStart(2, '0')
      const month = String(1 + (n % 12)).padStart(2, '0')
      writeFileSync(
        join(source, `post-${n}.md`),
        `---\ntitle: Post ${n}\ndate: 2019-${month}-${day}\ntags: [t${n % 7}, all]\n---\n\nBody ${n}\n`,
      )
    }
    for (let round = 0; round < rounds; round++) {
      const importing = remember(run(['import', source], env()))
      const ended = await Promise.race([
        importing.ended,
        new Promise<undefined>((resolve) => setTimeout(resolve, between(300, 1_500))),
      ])
      if (ended === undefined) await importing.kill()
      else expect(ended, importing.output()).toBe(0)
      forget(importing)
    }
    const last = await runToEnd(['import', source], env())
    expect(last.code, last.output).toBe(0)
    const counts = /created (\d+), updated (\d+), unchanged (\d+), failed (\d+)/.exec(last.stdout)
    expect(counts).not.toBeNull()
    expect(Number(counts![1]) + Number(counts![3])).toBe(posts)
    expect(Number(counts![2])).toBe(0)
    expect(Number(counts![4])).toBe(0)

    const server = remember(await serve(env()))
    await verifyAgrees(server.env)
    const seen = new Set<string>()
    let cursor: string | null = ''
    let listed = 0
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const answer = await fetch(`${server.url}/api/posts?limit=100${query}`)
      const page = (await answer.json()) as { posts: { title: string }[]; next: string | null }
      for (const post of page.posts) seen.add(post.title)
      listed += page.posts.length
      cursor = page.next
    }
    expect(listed).toBe(posts)
    expect(seen.size).toBe(posts)
  })

  test(`${concurrent} concurrent comments, the server killed amid them, ${rounds} times: every acknowledged comment is there`, async () => {
    let server = remember(await serve(env()))
    const token = await createToken(server.env)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const created = await fetch(`${server.url}/api/posts`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ title: 'Talk here', body: 'Please.', status: 'published' }),
    })
    expect(created.status).toBe(201)
    const post = (await created.json()) as { id: string }
    const acknowledged = new Set<string>()

    let unanswered = 0
    for (let round = 0; round < rounds; round++) {
      const { url } = server
      const before = acknowledged.size
      const speaking = Array.from({ length: concurrent }, async (_, n) => {
        try {
          const answer = await fetch(`${url}/api/posts/${post.id}/comments`, {
            method: 'POST',
            headers,
            body: JSON.stringify({ author: `r${round}`, body: `comment ${n} of round ${round}` }),
          })
          if (answer.status === 201) acknowledged.add(((await answer.json()) as CommentAnswer).id)
        } catch {
          // The server died before it answered: the comment may or may not be there.
          unanswered += 1
        }
      })
      const heard = between(0, concurrent - 1)
      await Promise.race([
        until('enough were answered', 60_000, () => acknowledged.size >= before + heard),
        Promise.all(speaking),
      ])
      await server.kill()
      forget(server)
      await Promise.all(speaking)
      server = remember(await serve(env()))
    }
    // The kills must have met writes in hand, and must not have prevented all of them.
    expect(acknowledged.size).toBeGreaterThan(rounds)
    expect(unanswered).toBeGreaterThan(rounds)

    await verifyAgrees(server.env)
    const there = new Set<string>()
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const answer = await fetch(`${server.url}/api/posts/${post.id}/comments?limit=1000${query}`)
      const page = (await answer.json()) as { comments: CommentAnswer[]; next: string | null }
      for (const comment of page.comments) there.add(comment.id)
      cursor = page.next
    }
    expect([...acknowledged].filter((id) => !there.has(id))).toEqual([])
  })
})
