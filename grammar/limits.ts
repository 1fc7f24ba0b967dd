/** How large may a text be before it is refused, so that no text can exhaust time, memory or the stack? */

export const limits = {
  /** UTF-16 units of one file: 1 MiB. */
  text: 1_048_576,
  tokens: 200_000,
  /** Brackets, blocks, prefix operators, powers, conditions and fn bodies, one inside another. */
  nesting: 64,
  /** Operators, calls, indices and fields that follow one another: every walk of the tree recurses as deep. */
  chain: 2_000,
  /** UTF-16 units of one name. */
  name: 128,
  /** UTF-16 units of one string, without its quotes. */
  string: 4_096,
  /** Diagnostics of one file. */
  errors: 50,
} as const;
