/**
 * Bucket types and their life: created, ready, active.
 *
 * Depends on the world for the disk alone (each change is durable before it is answered).
 *
 *     create ──▶ created ──▶ ready ──activate──▶ active ──update──▶ active
 *                (one node: a created type is ready at once)
 *
 * Invariant: `default` always exists, is active, and is neither created nor updated.
 * Not here: what a property may hold (`bucket-props.ts`), the printed forms (`console/`).
 *
 * Source: basho/riak_core src/riak_core_bucket_type.erl; RIAK.md §4.3.
 */

import type { Disk } from '../../kernel/ports.ts'
import { metaKeys, parseProps, propsJson } from '../vnode/meta-keys.ts'
import { defaultTypeProps, newTypeProps, sortedProps, validateProps } from './bucket-props.ts'
import type { BucketPropsMap, PropError, PropValue } from './bucket-props.ts'

export type BucketTypeStatus =
  | { readonly kind: 'undefined' }
  /** Some member of the cluster has not heard of it yet. */
  | { readonly kind: 'created'; readonly props: BucketPropsMap }
  /** May be activated. */
  | { readonly kind: 'ready'; readonly props: BucketPropsMap }
  | { readonly kind: 'active'; readonly props: BucketPropsMap }

export type BucketTypeChange =
  | { readonly kind: 'done' }
  /** Riak's own words, e.g. `n_val` and `not_integer`. */
  | { readonly kind: 'invalid'; readonly errors: readonly PropError[] }
  /** An atom: `already_active`, `undefined`, `not_active`, `default_type`, `bad_name`. */
  | { readonly kind: 'refused'; readonly reason: string }

/** The verbs of `riak-admin bucket-type`; values, never text. */
export interface BucketTypes {
  /** `default` first, then by name. */
  list(): readonly { readonly type: string; readonly active: boolean }[]
  status(type: string): BucketTypeStatus
  /** May be repeated until the type is active; `claimant` is filled in. */
  create(type: string, props: BucketPropsMap): Promise<BucketTypeChange>
  /** Activating an active type again is done at once, as in Riak. */
  activate(type: string): Promise<BucketTypeChange>
  update(type: string, props: BucketPropsMap): Promise<BucketTypeChange>
  /** Some type has been activated; before the first, Riak warns that there is no way back to 1.x. */
  anyActivated(): boolean
}

/** A name is hashed and kept in keys; longer ones are a mistake. */
const nameBytesMax = 1_024

export class DiskBucketTypes implements BucketTypes {
  private readonly disk: Disk
  private readonly claimant: string
  private readonly changed: () => void
  private readonly types = new Map<string, BucketPropsMap>()
  /** Changes are made one after another, so that none overwrites what another just read. */
  private tail: Promise<unknown> = Promise.resolve()

  /** @param changed - called after each change, e.g. to drop resolved settings. */
  constructor(disk: Disk, claimant: string, changed: () => void) {
    this.disk = disk
    this.claimant = claimant
    this.changed = changed
  }

  /** Read what the disk holds; before anything else. */
  async load(): Promise<void> {
    for await (const [key, value] of this.disk.scan(metaKeys.allTypes())) {
      this.types.set(metaKeys.typeName(key), parseProps(value))
    }
  }

  list(): readonly { readonly type: string; readonly active: boolean }[] {
    const names = [...this.types.keys()].toSorted()
    const types = names.map((type) => ({ type, active: this.activeProps(type) !== undefined }))
    return [{ type: 'default', active: true }, ...types]
  }

  status(type: string): BucketTypeStatus {
    if (type === 'default') return { kind: 'active', props: defaultTypeProps }
    const props = this.types.get(type)
    if (props === undefined) return { kind: 'undefined' }
    return { kind: props.get('active') === true ? 'active' : 'ready', props }
  }

  /** The properties requests may use: none while a type is not active. */
  activeProps(type: string): BucketPropsMap | undefined {
    const status = this.status(type)
    return status.kind === 'active' ? status.props : undefined
  }

  anyActivated(): boolean {
    return this.list().some(({ type, active }) => active && type !== 'default')
  }

  create(type: string, props: BucketPropsMap): Promise<BucketTypeChange> {
    return this.inTurn(async () => {
      const { length } = Buffer.from(type)
      if (type === 'default') return refused('default_type')
      if (length === 0 || length > nameBytesMax) return refused('bad_name')
      if (this.status(type).kind === 'active') return refused('already_active')
      const checked = validateProps('create', newTypeProps, props)
      if (checked.kind === 'invalid') return checked
      const own: [string, PropValue][] = [
        ['active', false],
        ['claimant', this.claimant],
      ]
      await this.store(type, new Map([...newTypeProps, ...checked.props, ...own]))
      return { kind: 'done' }
    })
  }

  activate(type: string): Promise<BucketTypeChange> {
    return this.inTurn(async () => {
      const status = this.status(type)
      if (status.kind === 'undefined') return refused('undefined')
      if (status.kind === 'created') return refused('not_ready')
      if (status.kind === 'ready') {
        await this.store(type, new Map([...status.props, ['active', true]]))
      }
      return { kind: 'done' }
    })
  }

  update(type: string, props: BucketPropsMap): Promise<BucketTypeChange> {
    return this.inTurn(async () => {
      if (type === 'default') return refused('default_type')
      const status = this.status(type)
      if (status.kind === 'undefined') return refused('undefined')
      if (status.kind !== 'active') return refused('not_active')
      const checked = validateProps('update', status.props, props)
      if (checked.kind === 'invalid') return checked
      await this.store(type, sortedProps(new Map([...status.props, ...checked.props])))
      return { kind: 'done' }
    })
  }

  private async store(type: string, props: BucketPropsMap): Promise<void> {
    const change = { kind: 'put', key: metaKeys.type(type), value: propsJson(props) } as const
    await this.disk.write([change], { sync: true })
    this.types.set(type, props)
    this.changed()
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.tail.then(work)
    this.tail = run.catch(() => undefined)
    return run
  }
}

function refused(reason: string): BucketTypeChange {
  return { kind: 'refused', reason }
}
