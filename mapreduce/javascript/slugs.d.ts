/** Functions that are taken as text. */
export const pieces: readonly ((...given: readonly unknown[]) => unknown)[]
