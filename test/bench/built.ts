/** Modules of the build: what is measured is what is shipped, not what tsx makes of the sources. */

/** @param path - as under the root, without its ending: `src/riak/basho-riak-kv`. */
export async function built<M>(path: string): Promise<M> {
  return (await import(new URL(`../../dist/${path}.js`, import.meta.url).href)) as M
}
