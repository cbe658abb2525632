/** Request bodies, never more of them than allowed. */

import { WebError } from './problem.ts'

/**
 * Read a whole body of at most `bytesMax` bytes.
 *
 * A declared length beyond the bound is refused before a byte is read; an undeclared one as soon as
 * the bound is crossed, so that memory stays bounded whatever is sent.
 *
 * @throws WebError BLOG_BODY_TOO_LARGE
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = (): WebError =>
    new WebError('BLOG_BODY_TOO_LARGE', `At most ${bytesMax} bytes are taken here.`)
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > bytesMax) throw tooLarge()
  if (!request.body) return new Uint8Array(0)
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.byteLength
    if (bytes > bytesMax) {
      await reader.cancel().catch(() => undefined)
      throw tooLarge()
    }
    chunks.push(value)
  }
  return Buffer.concat(chunks, bytes)
}

/** @throws WebError BLOG_NOT_JSON, BLOG_BODY_TOO_LARGE, BLOG_BAD_JSON */
export async function readJsonObject(
  request: Request,
  bytesMax: number,
): Promise<Readonly<Record<string, unknown>>> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!/^application\/(?:[\w.+-]+\+)?json$/.test(type)) {
    throw new WebError('BLOG_NOT_JSON', 'Send the header Content-Type: application/json.')
  }
  const bytes = await readBody(request, bytesMax)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new WebError('BLOG_BAD_JSON', error instanceof Error ? error.message : '')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WebError('BLOG_BAD_JSON', 'The body must be one JSON object.')
  }
  return value as Readonly<Record<string, unknown>>
}

/** A form as browsers send it (`application/x-www-form-urlencoded`), with all values of a name. */
export async function readFields(request: Request, bytesMax: number): Promise<URLSearchParams> {
  return new URLSearchParams(new TextDecoder().decode(await readBody(request, bytesMax)))
}

/** The same as one value a name. The first value of a name counts. */
export async function readForm(
  request: Request,
  bytesMax: number,
): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>()
  for (const [name, value] of await readFields(request, bytesMax)) {
    if (!fields.has(name)) fields.set(name, value)
  }
  return fields
}
