/**
 * Comment spam with the real program and an Akismet that comes and goes: while it is away comments are
 * held, and decisions about them are sent when it is back, whatever became of the server meanwhile.
 */
import { describe, expect, test } from 'vitest'
import type { AkismetStandIn } from '../support/akismet-stand-in.ts'
import { discardWord, rightKey, spamAuthor, startAkismet } from '../support/akismet-stand-in.ts'
import { createToken, freePort, runToEnd, serve, stage, until } from '../support/program.ts'
import type { Served } from '../support/program.ts'

interface Made {
  readonly id: string
  readonly status: string
}

describe('spam, with the real program', () => {
  const { env, remember, forget } = stage('spam')

  const start = async (port: number, more: Record<string, string> = {}): Promise<Served> =>
    remember(
      await serve({
        ...env(),
        AKISMET_KEY: rightKey,
        AKISMET_URL: `http://127.0.0.1:${port}`,
        ...more,
      }),
    )

  const send = async (
    server: Served,
    method: string,
    path: string,
    body: object,
    token?: string,
  ): Promise<{ readonly code: number; readonly made: Made }> => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    return { code: response.status, made: (await response.json()) as Made }
  }

  const makePost = async (server: Served, token: string): Promise<string> => {
    const body = { title: 'One', slug: 'one', body: 'x', status: 'published' }
    const { code, made } = await send(server, 'POST', '/api/posts', body, token)
    expect(code).toBe(201)
    return `/api/posts/${made.id}/comments`
  }

  const told = (akismet: AkismetStandIn, name: string): string[] =>
    akismet.callsOf(name).map(({ fields }) => fields['comment_content'] ?? '')

  const metric = async (server: Served, name: string): Promise<number | undefined> => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const found = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }

  test('held while Akismet is away, decided, killed, and told when it is back', async () => {
    const port = await freePort()
    let server = await start(port)
    const permalink = `${server.url}/posts/one`
    const token = await createToken(server.env)
    const path = await makePost(server, token)
    const add = (author: string, body: string) => send(server, 'POST', path, { author, body })
    const decide = (id: string, status: string) =>
      send(server, 'PATCH', `/api/comments/${id}`, { status }, token)

    // Nobody listens: held, nothing is lost.
    const good = await add('Ana', 'a good one')
    const bad = await add('Mallory', 'a bad one')
    const undecided = await add('Bob', 'who knows')
    for (const { code, made } of [good, bad, undecided]) {
      expect([code, made.status]).toEqual([202, 'pending'])
    }
    expect((await decide(good.made.id, 'approved')).code).toBe(200)
    expect((await decide(bad.made.id, 'spam')).code).toBe(200)

    // kill -9 right after the second answer: the decisions are what was acknowledged.
    await server.kill()
    forget(server)
    server = await start(port)
    await until('what waits is counted', 60_000, async () => {
      return (await metric(server, 'ringpost_spam_reports_due')) === 2
    })

    const akismet = await startAkismet(port)
    try {
      await until('both decisions were told', 120_000, () => {
        return akismet.callsOf('submit-ham').length > 0 && akismet.callsOf('submit-spam').length > 0
      })
      expect(told(akismet, 'submit-ham')).toEqual(['a good one'])
      expect(told(akismet, 'submit-spam')).toEqual(['a bad one'])
      expect(akismet.callsOf('submit-spam')[0]?.fields).toMatchObject({
        comment_author: 'Mallory',
        user_ip: '127.0.0.1',
        permalink,
      })
      await until('nothing is left to tell', 60_000, async () => {
        return (await metric(server, 'ringpost_spam_reports_due')) === 0
      })
      await server.kill('SIGTERM')
      forget(server)
    } finally {
      await akismet.close()
    }
  })

  test('shown, put away and thrown away as it says; what a moderator thinks otherwise is sent back', async () => {
    const akismet = await startAkismet()
    try {
      let server = await start(akismet.port)
      const token = await createToken(server.env)
      const path = await makePost(server, token)
      const add = (author: string, body: string) => send(server, 'POST', path, { author, body })
      const good = await add('Ana', 'well said')
      expect([good.code, good.made.status]).toEqual([201, 'approved'])
      const spam = await add(spamAuthor, 'buy this')
      expect([spam.code, spam.made.status]).toEqual([202, 'pending'])
      expect((await add('Mallory', `buy ${discardWord}`)).code).toBe(202)

      const page = await (await fetch(`${server.url}/posts/one`)).text()
      expect(page).toContain('well said')
      expect(page).not.toContain('buy')
      const all = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })
      const { comments } = (await all.json()) as { comments: readonly Made[] }
      expect(comments.map(({ status }) => status)).toEqual(['approved', 'spam'])

      // Akismet hangs: the decision does not wait for it, and the server is killed with it under way.
      akismet.behave('hangs')
      const decided = { status: 'approved' }
      await send(server, 'PATCH', `/api/comments/${spam.made.id}`, decided, token)
      await until('the report is under way', 60_000, () => akismet.callsOf('submit-ham').length > 0)
      await server.kill()
      forget(server)
      akismet.behave('well')
      server = await start(akismet.port)
      await until('it was told again', 120_000, () => akismet.callsOf('submit-ham').length > 1)
      expect(new Set(told(akismet, 'submit-ham'))).toEqual(new Set(['buy this']))
      await until('nothing is left to tell', 60_000, async () => {
        return (await metric(server, 'ringpost_spam_reports_due')) === 0
      })
      await server.kill('SIGTERM')
      forget(server)
    } finally {
      await akismet.close()
    }
  })

  test('with a wrong key comments are held, doctor and the terminal say why, nobody sees the key', async () => {
    const akismet = await startAkismet()
    const wrong = { AKISMET_KEY: 'not-the-key-at-all' }
    try {
      const server = await start(akismet.port, wrong)
      await until('the terminal says so', 60_000, () =>
        server.output().includes('Akismet does not take the key in AKISMET_KEY'),
      )
      const path = await makePost(server, await createToken(server.env))
      const made = await send(server, 'POST', path, { author: 'Ana', body: 'well said' })
      expect([made.code, made.made.status]).toEqual([202, 'pending'])
      const doctor = await runToEnd(['doctor'], server.env)
      expect(doctor.stdout).toContain('wrong  Akismet does not take the key in AKISMET_KEY')
      expect(server.output() + doctor.output).not.toContain(wrong.AKISMET_KEY)
    } finally {
      await akismet.close()
    }
  })

  test('in log-only mode everything is held, and Akismet was asked', async () => {
    const akismet = await startAkismet()
    try {
      const server = await start(akismet.port, { AKISMET_MODE: 'log' })
      const path = await makePost(server, await createToken(server.env))
      for (const author of ['Ana', spamAuthor]) {
        const { code, made } = await send(server, 'POST', path, { author, body: 'well said' })
        expect([code, made.status]).toEqual([202, 'pending'])
      }
      expect(akismet.callsOf('comment-check')).toHaveLength(2)
    } finally {
      await akismet.close()
    }
  })
})
