/** Which versions of Riak the nodes run, and whether Ringpost knows them. */

import type { Check } from './check.ts'
import { list, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export interface VersionFacts {
  readonly address: string
  readonly node: string
  readonly version: string
}

export const versionsCheck: Check = {
  name: 'versions',
  isQuick: true,
  run: ({ answering, isEmbedded }) =>
    Promise.resolve(isEmbedded || answering.length === 0 ? [] : judgeVersions(answering)),
}

/** @returns `[2, 2]` of `2.2.3`; undefined for what is no version. */
export function majorMinor(version: string): readonly [number, number] | undefined {
  const found = /^\D{0,8}(\d{1,4})\.(\d{1,4})/.exec(version)
  return found === null ? undefined : [Number(found[1]), Number(found[2])]
}

export function judgeVersions(nodes: readonly VersionFacts[]): readonly Finding[] {
  const findings: Finding[] = []
  const byVersion = new Map<string, string[]>()
  for (const { version, node } of nodes) {
    const names = byVersion.get(version) ?? []
    byVersion.set(version, [...names, node])
  }
  for (const [version, names] of byVersion) {
    const known = majorMinor(version)
    if (known === undefined) {
      findings.push(note('versions', `${list(names)}: an unknown version of Riak ("${version}")`))
    } else if (known[0] < 2 || (known[0] === 2 && known[1] < 1)) {
      findings.push(
        wrong(
          'versions',
          `${list(names)}: Riak ${version} lacks what Ringpost needs (preference lists, pages of indexes)`,
          'upgrade it, one node at a time: OpenRiak KV 3.2 or 3.4 (2.2.3 works)',
        ),
      )
    } else if (known[0] > 3) {
      findings.push(note('versions', `${list(names)}: Riak ${version} is newer than was tried`))
    }
  }
  if (byVersion.size > 1) {
    const mixed = [...byVersion].map(([version, names]) => `${version} on ${list(names)}`)
    findings.push(
      note(
        'versions',
        `the nodes run different versions: ${mixed.join('; ')}`,
        'while an upgrade goes on this is as it must be; then finish it, one node at a time',
      ),
    )
  }
  const [only] = byVersion.keys()
  if (findings.length === 0 && only !== undefined) {
    findings.push(
      ok('versions', `Riak ${only} on ${nodes.length === 1 ? 'the node' : 'all nodes'}`),
    )
  }
  return findings
}
