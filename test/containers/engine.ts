/**
 * A container engine for testcontainers: the one that runs already, else podman's Docker-compatible
 * service started for the suite, on a socket of its own, and ended by pid.
 *
 * No image is pulled: the suite makes its own from this machine's Node.js and the built program, so
 * that it runs where no registry can be reached. The Dockerfile is for people who can pull.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { until } from '../support/program.ts'

export interface Engine {
  readonly image: string
  /** A named volume that is removed with the engine. */
  volume(name: string): string
  stop(): Promise<void>
}

const quiet = { stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, quiet)
    return true
  } catch {
    return false
  }
}

/** A root file system with Node.js, the libraries it is linked against, and the program. */
function makeRootFileSystem(into: string): void {
  const runtime = realpathSync(process.execPath)
  const libraries = execFileSync('ldd', [runtime], { encoding: 'utf8' }).match(/\/[^\s]+/g) ?? []
  for (const file of [...libraries.filter((path) => path !== runtime), runtime]) {
    const target = file === runtime ? join(into, 'usr/bin/node') : join(into, file)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(file, target, { dereference: true })
  }
  for (const folder of ['tmp', 'data', 'etc']) mkdirSync(join(into, folder), { recursive: true })
  writeFileSync(join(into, 'etc/passwd'), 'root:x:0:0:root:/:/bin/false\n')
  const home = join(into, 'srv/ringpost')
  for (const part of ['package.json', 'bin', 'dist', 'node_modules']) {
    cpSync(new URL(`../../${part}`, import.meta.url).pathname, join(home, part), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.includes('/node_modules/.cache'),
    })
  }
}

/** What the engine would keep after the containers are gone. */
function leftovers(
  command: string,
  env: NodeJS.ProcessEnv,
  image: string,
): { volume: (name: string) => string; clean: () => void } {
  const volumes: string[] = []
  return {
    volume: (name) => {
      const full = `ringpost-${name}-${process.pid}`
      volumes.push(full)
      return full
    },
    clean: () => {
      for (const name of volumes)
        execFileSync(command, ['volume', 'rm', '-f', name], { ...quiet, env })
      execFileSync(command, ['rmi', '-f', image], { ...quiet, env })
    },
  }
}

/** Why there is no engine, or undefined. */
export function whyNoEngine(): string | undefined {
  if (works('docker', ['info']) || works('podman', ['--version'])) return undefined
  return 'no container engine: install podman and runc, or start a Docker daemon (.ci/install does)'
}

export async function startEngine(): Promise<Engine> {
  if (!existsSync(new URL('../../dist/src/main.js', import.meta.url))) {
    throw new Error('dist is missing: run `npm run build` first')
  }
  const work = mkdtempSync(join(tmpdir(), 'ringpost-engine-'))
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
  const image = 'localhost/ringpost-under-test:latest'
  const tar = join(work, 'image.tar')
  const rootFs = join(work, 'root')
  makeRootFileSystem(rootFs)
  execFileSync('tar', ['-C', rootFs, '-cf', tar, '.'], quiet)
  rmSync(rootFs, { recursive: true, force: true })

  if (works('docker', ['info'])) {
    execFileSync('docker', ['import', tar, image], quiet)
    const { volume, clean } = leftovers('docker', process.env, image)
    return {
      image,
      volume,
      stop: () => {
        clean()
        rmSync(work, { recursive: true, force: true })
        return Promise.resolve()
      },
    }
  }

  const socket = join(work, 'podman.sock')
  const conf = join(work, 'containers.conf')
  // Limits that an engine may set without CAP_SYS_RESOURCE; runc because crun refuses cgroups v1.
  const runtime = works('runc', ['--version']) ? '[engine]\nruntime = "runc"\n' : ''
  writeFileSync(
    conf,
    `[containers]\ndefault_ulimits = ["nofile=8192:8192", "nproc=4096:4096"]\n${runtime}`,
  )
  const env = { ...process.env, CONTAINERS_CONF: conf }
  execFileSync('podman', ['import', tar, image], { ...quiet, env })
  const service = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env,
    stdio: 'ignore',
  })
  await until('podman answers on its socket', 30_000, () => existsSync(socket))
  process.env['DOCKER_HOST'] = `unix://${socket}`
  const { volume, clean } = leftovers('podman', env, image)
  return {
    image,
    volume,
    stop: async () => {
      clean()
      const ended = new Promise((resolve) => service.once('close', resolve))
      service.kill('SIGTERM')
      await ended
      rmSync(work, { recursive: true, force: true })
    },
  }
}
