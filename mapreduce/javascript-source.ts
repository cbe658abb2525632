/**
 * The JavaScript phases as text: one self-contained function each, as Riak 2.x takes it with a job.
 *
 * The pieces are real functions of real files, checked by a parser and run by tests; `toString` gives
 * their exact text. So this room reads no file, and a job is put together wherever the program runs.
 * Only `javascript/*.js` may be taken so: compilers would change what they compile.
 */

import { pieces as comments } from './javascript/comments.js'
import { pieces as posts } from './javascript/posts.js'
import { pieces as rows } from './javascript/rows.js'
import { pieces as shared } from './javascript/shared.js'
import { pieces as slugs } from './javascript/slugs.js'
import type { MapName, ReduceName } from './ringpost-mapreduce.ts'

type Piece = (typeof shared)[number]

const sources: Readonly<Record<MapName | ReduceName, string>> = {
  map_posts: phase(
    'value, keyData, arg',
    [...shared, ...posts],
    "mapPosts(value, keyData, arg, '')",
  ),
  map_tags: phase(
    'value, keyData, arg',
    [...shared, ...posts],
    "mapPosts(value, keyData, arg, 'tags')",
  ),
  map_months: phase(
    'value, keyData, arg',
    [...shared, ...posts],
    "mapPosts(value, keyData, arg, 'months')",
  ),
  map_threads: phase(
    'value, keyData, arg',
    [...shared, ...comments],
    'mapThreads(value, keyData, arg)',
  ),
  map_slugs: phase('value, keyData, arg', [...shared, ...slugs], 'mapSlugs(value, keyData, arg)'),
  reduce_rows: phase('values', [...shared, ...rows], 'reduceRows(values)'),
}

/** @returns the text of an anonymous function. */
export function javascriptSource(name: MapName | ReduceName): string {
  return sources[name]
}

function phase(parameters: string, pieces: readonly Piece[], result: string): string {
  return `function (${parameters}) {\n${pieces.map(String).join('\n')}\nreturn ${result}\n}`
}
