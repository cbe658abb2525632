/**
 * A facade whose calls a test may hold, or fail before or after they are done: works over every
 * backend, real sockets included.
 */

import { OperationError } from '../../src/kernel/errors.ts'
import type { Location } from '../../src/kernel/ids.ts'
import type { Content, RiakKv } from '../../src/riak/riak-kv.ts'

export interface Hooks {
  /** Awaited before the call; throw to fail it undone. */
  beforePut?: ((at: Location, content: Content) => Promise<void> | void) | undefined
  /** Awaited after the call is done; throw to lose its answer. */
  afterPut?: ((at: Location) => Promise<void> | void) | undefined
  beforeGet?: ((at: Location) => Promise<void> | void) | undefined
}

export function interceptRiak(riak: RiakKv, hooks: Hooks): RiakKv {
  return new Proxy(riak, {
    get(target, name) {
      if (name === 'put') {
        const put: RiakKv['put'] = async (at, content, options) => {
          await hooks.beforePut?.(at, content)
          const stored = await target.put(at, content, options)
          await hooks.afterPut?.(at)
          return stored
        }
        return put
      }
      if (name === 'get') {
        const get: RiakKv['get'] = async (at, options) => {
          await hooks.beforeGet?.(at)
          return target.get(at, options)
        }
        return get
      }
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

export function lost(): OperationError {
  return new OperationError('BLOG_REFUSED_BY_RIAK', 'the process died here', 'indefinite')
}

/** Resolves for all when `count` have come: two writers have both read before either writes. */
export function barrier(count: number): () => Promise<void> {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  let come = 0
  return () => {
    come++
    if (come >= count) open()
    return opened
  }
}
