/** Names of places in the store. */

/** Where an object lives. `bucket` is the site's name, so one cluster holds many blogs. */
export interface Location {
  /** Bucket type, e.g. `posts`; `default` for the untyped buckets. */
  readonly type: string
  readonly bucket: string
  readonly key: string
}

export function showLocation(at: Location): string {
  return `${at.type}/${at.bucket}/${at.key}`
}
