/**
 * Operating errors: what a healthy program must expect from the cluster, the disk or a user.
 *
 * Callers branch on `code`; codes are stable between majors, messages are not.
 * `outcome` says whether the operation certainly did not happen. When in doubt: `indefinite`.
 * "Not found" is not an error: reads return `undefined`.
 *
 * Source: Level/abstract-level README "Errors"; jepsen-io/maelstrom doc/protocol.md "Errors".
 */

/** `definite`: it did not happen and never will. `indefinite`: it may have, or may yet, happen. */
export type Outcome = 'definite' | 'indefinite'

/** The one list of codes: `http/problem.ts` gives each a status, the README explains each. */
export type StoreErrorCode =
  /** Too few vnodes answered (r, w, pr, pw, dw). */
  | 'BLOG_QUORUM_UNMET'
  /** No answer within the deadline. */
  | 'BLOG_TIMEOUT'
  /** No Riak node can be reached, or the connection broke. */
  | 'BLOG_UNAVAILABLE'
  /** The node answered that it has too much to do. */
  | 'BLOG_OVERLOADED'
  /** The bucket type does not exist, or is not active, on the cluster. */
  | 'BLOG_NO_BUCKET_TYPE'
  /** Riak's security is on: it wants TLS, which is not spoken here. */
  | 'BLOG_SECURITY_ON'
  /** The storage backend of the cluster has no secondary indexes (bitcask). */
  | 'BLOG_NO_INDEXES'
  /** Riak refused the request for another reason; its own text is in the message. */
  | 'BLOG_REFUSED_BY_RIAK'
  /** A request the facade itself rejects before sending (a bad option or field). */
  | 'BLOG_BAD_REQUEST'
  /** A stored value cannot be read by this version of the program. */
  | 'BLOG_UNREADABLE_VALUE'
  /** An object would exceed the largest size that is stored. */
  | 'BLOG_TOO_LARGE'
  /** The store cannot say for certain that something does not exist: nodes are away or just returned. */
  | 'BLOG_UNSETTLED'
  /** `If-Match` names something that is not a revision of the post. */
  | 'BLOG_NOT_A_REVISION'
  /** Input from a user that does not meet the schema. */
  | 'BLOG_INVALID_INPUT'
  /** One Idempotency-Key, two different requests. */
  | 'BLOG_KEY_REUSED'

export interface StoreErrorOptions extends ErrorOptions {
  readonly node?: string | undefined
}

export abstract class StoreError extends Error {
  abstract readonly code: StoreErrorCode
  abstract readonly outcome: Outcome
  /**
   * Address of the Riak node that answered so, broke the connection or owes the answer, as `avoid`
   * takes it; undefined where nothing was sent.
   */
  readonly node: string | undefined

  constructor(message: string, options?: StoreErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.node = options?.node
  }
}

/**
 * Too few vnodes answered. After a write it is `indefinite`: those that did answer keep the value,
 * and read repair may spread it later. Retry only with the same causal context.
 */
export class QuorumUnmetError extends StoreError {
  readonly code = 'BLOG_QUORUM_UNMET'
  readonly outcome: Outcome
  /** Vnodes the request asked for (r, w, pr, pw or dw). */
  readonly required: number
  /** Vnodes that answered in time. */
  readonly answered: number

  constructor(
    detail: { operation: 'read' | 'write'; required: number; answered: number },
    options?: StoreErrorOptions,
  ) {
    super(`${detail.operation}: ${detail.answered} of ${detail.required} vnodes answered`, options)
    this.outcome = detail.operation === 'write' ? 'indefinite' : 'definite'
    this.required = detail.required
    this.answered = detail.answered
  }
}

/**
 * Why a cluster did not do a MapReduce job. `unknown-function`: no such module or function is loaded;
 * `no-javascript`: it does not run JavaScript (3.0 and later); `not-allowed`: security or a job class
 * forbids it; `failed`: it began, and a phase went wrong.
 */
export type JobRefusal = 'unknown-function' | 'no-javascript' | 'not-allowed' | 'failed'

/** A MapReduce job that the cluster refused, or that failed in one of its phases. Jobs only read. */
export class JobRefusedError extends StoreError {
  readonly code = 'BLOG_REFUSED_BY_RIAK'
  readonly outcome = 'definite'
  readonly reason: JobRefusal

  constructor(reason: JobRefusal, message: string, options?: StoreErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** Any other operating error: the code says which. */
export class OperationError extends StoreError {
  readonly code: StoreErrorCode
  readonly outcome: Outcome

  constructor(
    code: StoreErrorCode,
    message: string,
    outcome: Outcome = 'definite',
    options?: StoreErrorOptions,
  ) {
    super(message, options)
    this.code = code
    this.outcome = outcome
  }
}

/** Input that does not meet its schema, field by field, so that a form can show each beside it. */
export class InvalidInputError extends StoreError {
  readonly code = 'BLOG_INVALID_INPUT'
  readonly outcome = 'definite'
  readonly issues: readonly { readonly field: string; readonly message: string }[]

  constructor(issues: readonly { readonly field: string; readonly message: string }[]) {
    super(issues.map((issue) => `${issue.field}: ${issue.message}`).join('; '))
    this.issues = issues
  }
}
