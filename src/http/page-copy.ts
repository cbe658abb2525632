/** A page as it outlives the server that made it: as it lies on disk, and as it comes back. */

interface Copied {
  /** Under which the page cache has it. */
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly dependsOn: readonly string[]
  /** Wall ms. */
  readonly madeAtMs: number
}

/** As it lies on disk. */
export interface PageCopy extends Copied {
  /** Of its text, without quotes. */
  readonly tag: string
  readonly gzip: Buffer
}

/** As it comes back. */
export interface KeptPage extends Copied {
  readonly body: string
}
