/** A blog server on a trio of nodes, with a post to comment on, for stories of a store that goes away. */

import { join } from 'node:path'
import { openRiakTrio } from './riak-trio.ts'
import type { RiakTrio, TrioOptions } from './riak-trio.ts'
import { createToken, serve, until } from './program.ts'
import type { Served, Stage } from './program.ts'

export interface TrioBlog {
  readonly trio: RiakTrio
  readonly server: Served
  readonly env: Readonly<Record<string, string>>
  readonly token: string
  /** @returns the answer to a post of this title; the same key makes it the same post. */
  write(title: string, key?: string): Promise<Response>
  allGone(): Promise<void>
  allBack(): Promise<void>
}

const secret = 'a secret of thirty-two characters!!'

/** What `ringpost serve` is given to run on these nodes, with a folder of its own. */
export function serverOn(trio: RiakTrio, stage: Stage, name: string): Record<string, string> {
  return {
    RIAK_NODES: trio.addresses,
    RINGPOST_DATA: join(stage.path(), name),
    SESSION_SECRET: secret,
  }
}

/** @param options.known - of the three nodes, how many RIAK_NODES names; default: all. */
export async function openTrioBlog(
  stage: Stage,
  options: TrioOptions & { readonly known?: number } = {},
): Promise<TrioBlog> {
  const trio = await openRiakTrio(options)
  const known = trio.nodes.slice(0, options.known).map(({ address }) => address)
  const env = { ...serverOn(trio, stage, 'first'), RIAK_NODES: known.join(',') }
  const server = stage.remember(await serve(env))
  const token = await createToken(env)
  return {
    trio,
    server,
    env,
    token,
    write: (title, key) => writePost(server.url, token, title, key),
    allGone: async () => {
      await Promise.all(trio.nodes.map((node) => node.kill()))
    },
    allBack: async () => {
      await Promise.all(trio.nodes.map((node) => node.bringBack()))
    },
  }
}

export function writePost(
  url: string,
  token: string,
  title: string,
  key?: string,
): Promise<Response> {
  return fetch(`${url}/api/posts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify({
      title,
      body: `Text of ${title}.`,
      tags: ['story'],
      status: 'published',
    }),
  })
}

/** Posts this title, and waits until its page and the listing of its tag show it. @returns its slug. */
export async function publish(url: string, token: string, title: string): Promise<string> {
  const answer = await writePost(url, token, title)
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  const { slug } = (await answer.json()) as { readonly slug: string }
  await until(`${title} is shown`, 30_000, async () => {
    const pages = await Promise.all(
      [`/posts/${slug}`, '/tags/story', '/'].map((path) => fetch(url + path)),
    )
    const texts = await Promise.all(pages.map((page) => page.text()))
    return texts.every((text) => text.includes(title))
  })
  return slug
}
