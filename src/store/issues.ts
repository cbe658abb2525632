/** Collecting what is wrong with an input, field by field, so that a form can show all of it at once. */

import { InvalidInputError } from '../kernel/errors.ts'

const utf8 = new TextEncoder()
/** Control and line separator characters; half surrogate pairs, which have no UTF-8 form. */
const notInLine = /[\p{Surrogate}\p{Cc}\u2028\u2029]/u

export class Issues {
  readonly #issues: { readonly field: string; readonly message: string }[] = []

  add(field: string, message: string): void {
    this.#issues.push({ field, message })
  }

  /** @throws InvalidInputError with everything that was added. */
  throwIfAny(): void {
    if (this.#issues.length > 0) throw new InvalidInputError(this.#issues)
  }

  /** One line of text. @returns it trimmed, in NFC. */
  line(
    field: string,
    value: unknown,
    limit: { readonly charsMax: number; readonly isRequired?: boolean },
  ): string {
    const text = this.#text(field, value)
    if (text === undefined) return ''
    const line = text.normalize('NFC').trim()
    if (limit.isRequired === true && line === '') this.add(field, 'must not be empty')
    if (charCount(line) > limit.charsMax) this.add(field, `at most ${limit.charsMax} characters`)
    if (notInLine.test(line)) {
      this.add(field, 'one line, without control characters')
    }
    return line
  }

  /** Text of several lines, measured as it is stored. Not put in NFC: it may hold code. */
  block(
    field: string,
    value: unknown,
    limit: { readonly bytesMax: number; readonly isRequired?: boolean },
  ): string {
    const text = this.#text(field, value)
    if (text === undefined) return ''
    const block = text.replace(/\r\n?/g, '\n')
    if (limit.isRequired === true && block.trim() === '') this.add(field, 'must not be empty')
    // Three bytes a UTF-16 unit at most: short texts need not be encoded to be measured.
    if (block.length * 3 > limit.bytesMax && utf8.encode(block).length > limit.bytesMax) {
      this.add(field, `at most ${limit.bytesMax} bytes as UTF-8`)
    }
    return block
  }

  choice<T extends string>(field: string, value: unknown, choices: readonly T[]): T | undefined {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) this.add(field, `one of ${choices.join(', ')}`)
    return found
  }

  /** ISO 8601 with or without time and zone (UTC where it has none). @returns it as UTC. */
  time(field: string, value: unknown): string | null {
    if (value === null) return null
    const ms = typeof value === 'string' ? parseTime(value) : undefined
    if (ms === undefined) {
      this.add(field, 'a time in ISO 8601, for example 2026-11-23T10:00:00Z, or null')
      return null
    }
    return new Date(ms).toISOString()
  }

  list(field: string, value: unknown, countMax: number): readonly unknown[] {
    if (!Array.isArray(value)) {
      this.add(field, 'must be a list')
      return []
    }
    if (value.length > countMax) {
      this.add(field, `at most ${countMax}`)
      return []
    }
    return value
  }

  #text(field: string, value: unknown): string | undefined {
    if (typeof value === 'string') return value
    this.add(field, 'must be a text')
    return undefined
  }
}

/** Characters as people count them, near enough: code points. */
export function charCount(text: string): number {
  return Array.from(text).length
}

const isoTime =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i

/** @returns epoch ms, or undefined for anything that is no moment between the years 1 and 9999. */
function parseTime(text: string): number | undefined {
  const match = isoTime.exec(text.trim())
  if (match === null) return undefined
  const [, day = '', time = '00:00', zone = 'Z'] = match
  const ms = Date.parse(
    `${day}T${time}${zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`,
  )
  if (Number.isNaN(ms) || ms < Date.parse('0001-01-01T00:00:00Z')) return undefined
  // Date.parse rolls some impossible days over (February 30 becomes March 2).
  const noon = Date.parse(`${day}T12:00:00Z`)
  return new Date(noon).toISOString().startsWith(day) && ms < 253_402_300_800_000 ? ms : undefined
}
