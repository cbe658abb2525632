/** `npm start` in a checkout that was never built: build once, on stderr. */
import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export function buildIfMissing() {
  if (existsSync(new URL('../dist/src/main.js', import.meta.url))) return
  const build = fileURLToPath(new URL('../build.js', import.meta.url))
  const built = spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] })
  if (built.status !== 0) process.exit(built.status ?? 1)
}
