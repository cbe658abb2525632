/** The bounds of what an import reads. See `limits.ts`. */

export const importLimits = {
  /** One item of a WordPress export with all its comments: some 50,000 of them. Held while it is brought. */
  wxrItemCharsMax: 33_554_432,
  /** Unpacked bytes for each packed one: XML packs to a tenth, a bomb to a thousandth. */
  wxrPackedRatioMax: 200,
  /** A Ghost export is one JSON document, held with all its texts: about three times as much of memory. */
  ghostExportBytesMax: 268_435_456,
  /** Redirects and routes beside it. */
  ghostSmallFileBytesMax: 4_194_304,
  /** Larger than any post with its pictures inside; a text this long is never turned into Markdown. */
  importTextCharsMax: 8_388_608,
  /** Files fetched at the same time, all of them in memory: kind to the old server, too. */
  fetchesAtOnce: 4,
  /** One file, from the first question to its last byte: 64 MiB over a slow line. */
  fetchMs: 120_000,
  /** Without a byte from the other side. */
  fetchSilentMs: 15_000,
  /** `http` to `https`, to `www.`, to a store of files, and two to spare. */
  fetchRedirectsMax: 5,
  /** In a row without an answer: the old server is gone, and 10,000 pictures are not waited for one by one. */
  fetchHostFailuresMax: 5,
} as const
