/** A line that defends or promises something, what is there without it, and the test that must notice. */

export interface Removal {
  readonly against: string
  readonly by: string
  readonly file: string
  /** Exactly as it stands there, once. */
  readonly code: string
  readonly without: string
  /** Files or folders of the project `unit` of which at least one test must fail. */
  readonly test: string
}
