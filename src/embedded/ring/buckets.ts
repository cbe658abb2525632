/**
 * Properties of every bucket: the type's, overlaid by the bucket's own.
 *
 * Depends on the world for the disk alone.
 *
 * Invariant: what a request resolves is cached only until the next change of any property.
 * Not here: what a property may hold (`bucket-props.ts`).
 *
 * Source: basho/riak_core src/riak_core_bucket.erl; RIAK.md §4.2.
 */

import type { Disk } from '../../kernel/ports.ts'
import { RiakError } from '../requests.ts'
import type { BucketId } from '../requests.ts'
import { metaKeys, parseProps, propsJson } from '../vnode/meta-keys.ts'
import { printPropErrors, settingsOf, sortedProps, validateProps } from './bucket-props.ts'
import type { BucketPropsMap, BucketSettings, PropError, PropValue } from './bucket-props.ts'
import { DiskBucketTypes } from './bucket-types.ts'
import { isDefaultType } from './chash.ts'

/** Properties that were refused: a text for Protocol Buffers, and each refusal for HTTP's JSON. */
export class BucketPropsError extends RiakError {
  readonly errors: readonly PropError[]

  constructor(errors: readonly PropError[]) {
    super(`Invalid bucket properties: ${printPropErrors(errors)}`)
    this.errors = errors
  }
}

/** A bucket's name in properties: text where it is UTF-8 as HTTP shows it. */
function nameOf(of: BucketId): string {
  return Buffer.from(of.bucket).toString()
}

function idOf(of: BucketId): string {
  const type = Buffer.from(of.type).toString('latin1')
  return `${type.length}:${type}${Buffer.from(of.bucket).toString('latin1')}`
}

export class Buckets {
  readonly types: DiskBucketTypes
  private readonly disk: Disk
  private readonly overrides = new Map<string, BucketPropsMap>()
  /** Resolved settings by type, and by bucket where it has its own. */
  private readonly resolved = new Map<string, BucketSettings>()
  private tail: Promise<unknown> = Promise.resolve()

  constructor(disk: Disk, nodeName: string) {
    this.disk = disk
    this.types = new DiskBucketTypes(disk, nodeName, () => {
      this.resolved.clear()
    })
  }

  async load(): Promise<void> {
    await this.types.load()
    for await (const [key, value] of this.disk.scan(metaKeys.allProps())) {
      this.overrides.set(idOf(metaKeys.propsBucket(key)), parseProps(value))
    }
  }

  /** @returns `undefined` where the type is unknown or not active. */
  settings(of: BucketId): BucketSettings | undefined {
    const typeName = Buffer.from(of.type).toString()
    const id = this.overrides.size > 0 ? idOf(of) : ''
    const override = this.overrides.get(id)
    const cacheKey = override === undefined ? `type ${typeName}` : `bucket ${id}`
    const cached = this.resolved.get(cacheKey)
    if (cached !== undefined) return cached
    const props = this.types.activeProps(typeName)
    if (props === undefined) return undefined
    const settings = settingsOf(override === undefined ? props : new Map([...props, ...override]))
    this.resolved.set(cacheKey, settings)
    return settings
  }

  /** @throws RiakError in the words of a bucket request for an unknown type. */
  props(of: BucketId): BucketPropsMap {
    const typeName = Buffer.from(of.type).toString()
    const props = this.types.activeProps(typeName)
    if (props === undefined) throw noSuchType(of.type)
    const override = this.overrides.get(idOf(of))
    const name: [string, PropValue] = ['name', nameOf(of)]
    if (override === undefined) return new Map([name, ...props])
    return sortedProps(new Map([...props, ...override, name]))
  }

  /** @throws BucketPropsError naming every property that was refused. */
  setProps(of: BucketId, props: BucketPropsMap): Promise<void> {
    return this.inTurn(async () => {
      const checked = validateProps('update', this.props(of), props)
      if (checked.kind === 'invalid') throw new BucketPropsError(checked.errors)
      const own = new Map([...(this.overrides.get(idOf(of)) ?? []), ...checked.props])
      const change = { kind: 'put', key: metaKeys.props(of), value: propsJson(own) } as const
      await this.disk.write([change], { sync: true })
      this.overrides.set(idOf(of), own)
      this.resolved.clear()
    })
  }

  resetProps(of: BucketId): Promise<void> {
    return this.inTurn(async () => {
      this.props(of)
      await this.disk.write([{ kind: 'del', key: metaKeys.props(of) }], { sync: true })
      this.overrides.delete(idOf(of))
      this.resolved.clear()
    })
  }

  typeProps(type: Uint8Array): BucketPropsMap {
    const props = this.types.activeProps(Buffer.from(type).toString())
    if (props === undefined) throw invalidType(type)
    return props
  }

  async setTypeProps(type: Uint8Array, props: BucketPropsMap): Promise<void> {
    const change = await this.types.update(Buffer.from(type).toString(), props)
    if (change.kind === 'invalid') throw new BucketPropsError(change.errors)
    if (change.kind === 'refused') throw invalidType(type)
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.tail.then(work)
    this.tail = run.catch(() => undefined)
    return run
  }
}

/** The answer of bucket and listing requests. */
export function noSuchType(type: Uint8Array): RiakError {
  const name = isDefaultType(type) ? 'default' : Buffer.from(type).toString()
  return new RiakError(`No bucket-type named '${name}'`)
}

/** The answer of bucket type requests (captures/pb-client.txt, "props-badtype"). */
function invalidType(type: Uint8Array): RiakError {
  return new RiakError(`Invalid bucket type: <<"${Buffer.from(type).toString()}">>`)
}
