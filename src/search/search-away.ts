/** The search cannot answer just now; the store may well. */

import { OperationError } from '../kernel/errors.ts'

/** `BLOG_UNAVAILABLE`: it starts, or starts again; `BLOG_OVERLOADED`, `BLOG_TIMEOUT`: it is busy. */
export class SearchAwayError extends OperationError {}
