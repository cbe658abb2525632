/** The public surface: what a program that embeds Ringpost may build on. */

export { createApp, type BlogApp } from './http/app.tsx'
export {
  InvalidInputError,
  OperationError,
  type Outcome,
  QuorumUnmetError,
  StoreError,
  type StoreErrorCode,
} from './kernel/errors.ts'
export type { Location } from './kernel/ids.ts'
export type { Clock, Dice, Log } from './kernel/ports.ts'
export { connectRiak } from './riak/basho-riak-kv.ts'
export type { RiakKv } from './riak/riak-kv.ts'
export type { Blog } from './store/blog.ts'
export { openBlog } from './store/open-blog.ts'
