/**
 * Dates as people write them in front matter, paths and file names → ISO 8601 UTC.
 *
 * Pure. A date without a zone is UTC, a day without a time is its midnight: the same file gives the
 * same post on every machine. Days that do not exist (30 February) are not understood.
 */

export interface ReadDate {
  /** ISO 8601 UTC with milliseconds. */
  readonly iso: string
  /** The text allows a second reading (`03/04/2017`). */
  readonly isGuess: boolean
}

interface Moment {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  ms: number
  /** Minutes east of Greenwich. */
  offset: number
}

const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
/** RFC 2822 §4.3, and the names European blogs use; others are not guessed. */
const zoneMinutes: ReadonlyMap<string, number> = new Map([
  ['z', 0],
  ['utc', 0],
  ['gmt', 0],
  ['ut', 0],
  ['wet', 0],
  ['bst', 60],
  ['cet', 60],
  ['cest', 120],
  ['eet', 120],
  ['eest', 180],
  ['est', -300],
  ['edt', -240],
  ['cst', -360],
  ['cdt', -300],
  ['mst', -420],
  ['mdt', -360],
  ['pst', -480],
  ['pdt', -420],
])

/** @param text - a date of the front matter. @returns undefined where it is not understood. */
export function readDate(text: string): ReadDate | undefined {
  const trimmed = text.trim().replace(/\s+/g, ' ')
  return epoch(trimmed) ?? isoLike(trimmed) ?? numeric(trimmed) ?? written(trimmed)
}

/**
 * The date in a path such as `2013/03/11/title.md` or `posts/2013-03-11-title.md`; a year and month
 * alone mean the first of them.
 */
export function dateOfPath(path: string): string | undefined {
  const named = /(?:^|\/)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})(?:[-_. ][^/]*)?(?:\.\w+)?$/.exec(path)
  const foldered =
    /(?:^|\/)(\d{4})\/(\d{1,2})\/(\d{1,2})(?:[-_. /])/.exec(path) ??
    /(?:^|\/)(\d{4})[-_.](\d{2})[-_.](\d{2})(?:[-_. ][^/]*)?\//.exec(path) ??
    /(?:^|\/)(\d{4})[-/](\d{2})(?:[-/][^/]*)/.exec(path) ??
    /(?:^|\/)((?:19|20)\d{2})\//.exec(path)
  for (const found of [named, foldered]) {
    if (found === null) continue
    const [, year, month, day] = found
    const iso = isoOf({ year: Number(year), month: Number(month ?? 1), day: Number(day ?? 1) })
    if (iso !== undefined) return iso
  }
  return undefined
}

/** Seconds or milliseconds since 1970: ten or thirteen digits. */
function epoch(text: string): ReadDate | undefined {
  if (!/^\d{10}(?:\d{3})?$/.test(text)) return undefined
  const ms = text.length === 10 ? Number(text) * 1000 : Number(text)
  return { iso: new Date(ms).toISOString(), isGuess: false }
}

/** `2013-03-11`, `2013/3/11 16:00`, `20130311`, `2013-03-11T16:00:00.5+01:00`, `… -0500`, `… PST`. */
function isoLike(text: string): ReadDate | undefined {
  const day =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[Tt ,]+(.+))?$/.exec(text) ??
    /^(\d{4})(\d{2})(\d{2})(?:[Tt ](.+))?$/.exec(text) ??
    /^(\d{4})-(\d{1,2})()()$/.exec(text) ??
    /^((?:19|20)\d{2})()()()$/.exec(text)
  if (day === null) return undefined
  const [, year, month, date, rest] = day
  return dated(
    { year: Number(year), month: Number(month || 1), day: Number(date || 1) },
    rest ?? '',
    false,
  )
}

/** `12/26/2017` or `26.12.2017`; where both readings are days, the American one is a guess. */
function numeric(text: string): ReadDate | undefined {
  const found = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[ ,T]+(.+))?$/.exec(text)
  if (found === null) return undefined
  const [, first, separator, second, year, rest] = found
  const a = Number(first)
  const b = Number(second)
  // Dots separate days from months only where the day comes first.
  const isDayFirst = a > 12 || separator === '.'
  const isGuess = !isDayFirst && b <= 12 && a !== b
  return dated(
    { year: Number(year), month: isDayFirst ? b : a, day: isDayFirst ? a : b },
    rest ?? '',
    isGuess,
  )
}

/** `Tuesday, December 26th, 2017`, `26 Dec 2017 10:30 pm`, `Tue, 26 Dec 2017 10:00:00 +0000`. */
function written(text: string): ReadDate | undefined {
  const plain = text.replace(/^[A-Za-z]{3,9}\.?,? (?=[A-Za-z\d])/, (weekday) =>
    /^(?:mon|tue|wed|thu|fri|sat|sun)/i.test(weekday) ? '' : weekday,
  )
  const monthFirst =
    /^([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?:,? (?:at )?(.+))?$/i.exec(plain)
  const dayFirst =
    /^(\d{1,2})(?:st|nd|rd|th|\.)?[ -](?:of )?([A-Za-z]{3,9})\.?,?[ -](\d{4})(?:,? (?:at )?(.+))?$/i.exec(
      plain,
    )
  // `date` and `ctime` of Unix: the year is last.
  const unix =
    /^([A-Za-z]{3,9}) (\d{1,2}) (\d{1,2}:\d{2}(?::\d{2})?)((?: [A-Za-z]{1,5})?) (\d{4})((?: .+)?)$/.exec(
      plain,
    )
  if (unix !== null) {
    const [, month, day, time, zone, year, rest] = unix
    const date = { year: Number(year), month: monthOf(month), day: Number(day) }
    return dated(date, `${time ?? ''}${zone ?? ''}${rest ?? ''}`, false)
  }
  if (monthFirst !== null) {
    const [, month, day, year, rest] = monthFirst
    return dated({ year: Number(year), month: monthOf(month), day: Number(day) }, rest ?? '', false)
  }
  if (dayFirst === null) return undefined
  const [, day, month, year, rest] = dayFirst
  return dated({ year: Number(year), month: monthOf(month), day: Number(day) }, rest ?? '', false)
}

/** @returns 1…12, or 0 for what is no month's name (`isoOf` refuses it). */
function monthOf(name: string | undefined): number {
  return monthNames.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1
}

function dated(
  day: { readonly year: number; readonly month: number; readonly day: number },
  rest: string,
  isGuess: boolean,
): ReadDate | undefined {
  const time = rest === '' ? {} : readTime(rest)
  if (time === undefined) return undefined
  const iso = isoOf({ ...day, ...time })
  return iso === undefined ? undefined : { iso, isGuess }
}

/** The part behind the day: time, `am`/`pm`, zone as offset or name, a trailing `[Area/City]`. */
function readTime(rest: string): Partial<Moment> | undefined {
  const found =
    /^(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([ap])\.?m\.?)?(?: ?([+-]\d{1,2}(?::?\d{2})?|[A-Za-z]{1,4}))?(?: ?([+-]\d{2}:?\d{2}))?(?: ?[[(].*[\])])?$/i.exec(
      rest,
    )
  if (found === null) return undefined
  const [, hourText, minute, second, fraction, half, zone, further] = found
  let hour = Number(hourText)
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
  }
  const offset = zoneOf(zone, further)
  if (offset === undefined) return undefined
  const ms = Math.floor(Number(`0.${fraction ?? '0'}`) * 1000)
  return { hour, minute: Number(minute), second: Number(second ?? 0), ms, offset }
}

/** @returns minutes east of Greenwich; undefined for a name that is not known. */
function zoneOf(zone: string | undefined, further: string | undefined): number | undefined {
  if (zone === undefined) return 0
  // `GMT+0100`, as JavaScript prints its dates.
  const offset = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(further ?? zone)
  if (offset === null) return zoneMinutes.get(zone.toLowerCase())
  const [, sign, hours, minutes] = offset
  const size = Number(hours) * 60 + Number(minutes ?? 0)
  return size > 14 * 60 ? undefined : sign === '-' ? -size : size
}

function isoOf(
  moment: Partial<Moment> & Pick<Moment, 'year' | 'month' | 'day'>,
): string | undefined {
  const { year, month, day, hour = 0, minute = 0, second = 0, ms = 0, offset = 0 } = moment
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) {
    return undefined
  }
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  date.setUTCHours(hour, minute - offset, second, ms)
  const shown = date.getUTCFullYear()
  return shown < 1 || shown > 9999 ? undefined : date.toISOString()
}
