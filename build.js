/** Builds `dist`: compiled TypeScript, and the few files that are read as they are. */
import { cpSync, existsSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
rmSync(new URL('dist', import.meta.url), { recursive: true, force: true })
const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url))
const compiled = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: here, stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)
// The JavaScript pieces are taken as text; the Erlang module is compiled by operators for their cluster.
const assets = ['src/http/assets', 'mapreduce/javascript', 'mapreduce/ringpost_mapreduce.erl']
for (const asset of assets) {
  if (existsSync(new URL(asset, import.meta.url))) {
    cpSync(new URL(asset, import.meta.url), new URL(`dist/${asset}`, import.meta.url), {
      recursive: true,
    })
  }
}
