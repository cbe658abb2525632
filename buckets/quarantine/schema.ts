/**
 * Bytes that this program could not read, copied away before anything is written beside them.
 *
 *     quarantine/<site>/<SHA-256 of location and bytes, hex>   QuarantineValue
 */

export interface QuarantineValue {
  readonly schema: 1
  /** Where they were found. */
  readonly type: string
  readonly bucket: string
  readonly key: string
  readonly contentType: string
  /** Why they could not be read, in words. */
  readonly reason: string
  /** The first copy's wall time, ms. */
  readonly copiedAtMs: number
  readonly bytes: Uint8Array
}
