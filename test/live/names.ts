/**
 * Names of the buckets that a run makes, by which it, or a later one, knows them again:
 *
 *     live-20261123t171500-k3x9-blog
 *          └ begun, UTC ──┘ └ drawn ┘
 *
 * Sites are buckets, so a name is one that a site may have.
 */

const pattern = /^live-(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(\d{2})-[a-z0-9]{4}-/
const dayMs = 86_400_000

/** @param draw - whole numbers of 32 bits. */
export function freshNames(nowMs: number, draw: () => number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').toLowerCase()
  const drawn = (draw() % 36 ** 4).toString(36).padStart(4, '0')
  return `live-${time}-${drawn}-`
}

/** Whether a bucket is this run's own, or was left behind by one that began more than a day ago. */
export function isRemovable(bucket: string, own: string, nowMs: number): boolean {
  const found = pattern.exec(bucket)
  if (found === null) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map(Number)
  const beganMs = Date.UTC(year, month - 1, day, hour, minute, second)
  return bucket.startsWith(own) || nowMs - beganMs > dayMs
}
