/** Dates as readers see them. All in UTC: a page is the same bytes for everybody. */

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return `${day}th`
  return `${day}${['th', 'st', 'nd', 'rd'][day % 10] ?? 'th'}`
}

/** @returns e.g. `Tuesday, December 26th, 2017`; an unreadable time as it came. */
export function longDate(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const weekday = weekdays[at.getUTCDay()] ?? ''
  const month = months[at.getUTCMonth()] ?? ''
  return `${weekday}, ${month} ${ordinal(at.getUTCDate())}, ${at.getUTCFullYear()}`
}

/** @returns e.g. `December 26th, 2017 at 14:05`. */
export function commentDate(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${months[at.getUTCMonth()] ?? ''} ${ordinal(at.getUTCDate())}, ${at.getUTCFullYear()}`
  return `${day} at ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`
}

/** @returns e.g. `14:05`. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16)
}

/** @returns e.g. `Dec 26`. */
export function shortDate(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  return `${(months[at.getUTCMonth()] ?? '').slice(0, 3)} ${at.getUTCDate()}`
}

/** `2017-12` → `December 2017`. */
export function monthName(month: string): string {
  const [year = '', number = ''] = month.split('-')
  return `${months[Number(number) - 1] ?? number} ${year}`
}

/** `12` → `December`. */
export function monthOfYear(number: string): string {
  return months[Number(number) - 1] ?? number
}

/** RFC 822 as RSS wants it, e.g. `Tue, 26 Dec 2017 14:05:00 GMT`. */
export function rssDate(iso: string): string {
  return new Date(iso).toUTCString()
}

/** ISO 8601 without milliseconds, as Atom and `<time>` show it. */
export function isoSeconds(iso: string): string {
  const at = new Date(iso)
  return Number.isNaN(at.getTime()) ? iso : at.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
