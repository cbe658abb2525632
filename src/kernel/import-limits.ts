/** The bounds of what an import reads. See `limits.ts`. */

export const importLimits = {
  /** One item of a WordPress export with all its comments: some 50,000 of them. Held while it is brought. */
  wxrItemCharsMax: 33_554_432,
  /** Larger than any post with its pictures inside; a text this long is never turned into Markdown. */
  importTextCharsMax: 8_388_608,
} as const
