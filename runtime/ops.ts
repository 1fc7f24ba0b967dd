/**
 * The tensor operations every engine provides and every compiled program is written against.
 *
 * One method per row of the compiler's op table (a test compares the two). Shapes are static and row-major; `T` is the
 * engine's own handle. Elementwise operations broadcast as NumPy does (trailing axes aligned, size 1 or missing
 * stretches). Results of comparisons are booleans; indices are integers; everything else is a real number, in float32
 * on the fast engines and float64 on the reference engine.
 */

export type DType = "real" | "int" | "bool";
/** Sizes of each axis, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export interface Ops<T> {
  // ── values from nothing ──────────────────────────────────────────────────────────────────────────────────────────
  /** A scalar real constant. */
  scalar(value: number): T;
  /** A real constant of the given shape, values in row-major order. */
  constant(values: readonly number[], shape: Shape): T;
  /** The integers 0 … length - 1, shape [length]. */
  iota(length: number): T;

  // ── elementwise, one operand ─────────────────────────────────────────────────────────────────────────────────────
  neg(x: T): T;
  exp(x: T): T;
  log(x: T): T;
  sqrt(x: T): T;
  abs(x: T): T;
  /** -1, 0 or 1. */
  sign(x: T): T;
  floor(x: T): T;
  /** Nearest integer, ties to even. */
  round(x: T): T;
  sin(x: T): T;
  cos(x: T): T;
  tan(x: T): T;
  atan(x: T): T;
  tanh(x: T): T;
  erf(x: T): T;
  /** 1 / (1 + exp(-x)) */
  sigmoid(x: T): T;
  /** log(1 + exp(x)), without overflow. */
  softplus(x: T): T;
  /** x · sigmoid(x) */
  silu(x: T): T;
  /** Boolean negation. */
  not(x: T): T;
  /** An integer or a boolean as a real. */
  toReal(x: T): T;
  /** A real, truncated toward zero, as an integer. */
  toInt(x: T): T;

  // ── elementwise, two operands ────────────────────────────────────────────────────────────────────────────────────
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  /** a^b for a ≥ 0, or any a where b is a constant integer. */
  pow(a: T, b: T): T;
  max(a: T, b: T): T;
  min(a: T, b: T): T;
  atan2(y: T, x: T): T;
  less(a: T, b: T): T;
  lessEqual(a: T, b: T): T;
  equal(a: T, b: T): T;
  and(a: T, b: T): T;
  or(a: T, b: T): T;
  /** `condition ? a : b`, elementwise; both branches are evaluated. */
  select(condition: T, a: T, b: T): T;

  // ── reductions ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** Sum over the given axes, which are removed from the shape. */
  sum(x: T, axes: readonly number[]): T;
  /** Maximum over the given axes, which are removed from the shape. */
  reduceMax(x: T, axes: readonly number[]): T;

  // ── movement ─────────────────────────────────────────────────────────────────────────────────────────────────────
  reshape(x: T, shape: Shape): T;
  /** Axis i of the result is axis `permutation[i]` of x. */
  transpose(x: T, permutation: readonly number[]): T;
  /** Stretches x to `shape`, trailing axes aligned. */
  broadcast(x: T, shape: Shape): T;
  /** The block beginning at `starts` with `sizes`. */
  slice(x: T, starts: readonly number[], sizes: readonly number[]): T;
  /** Zeros around x: `before[i]` and `after[i]` of them on axis i. */
  pad(x: T, before: readonly number[], after: readonly number[]): T;
  concat(parts: readonly T[], axis: number): T;
  reverse(x: T, axes: readonly number[]): T;
  /** Rows of `table` (axis 0) picked by integer `indices`: shape indices.shape ++ table.shape[1..]. */
  gather(table: T, indices: T): T;
  /** The transpose of `gather`: rows of `updates` added into zeros of shape [size, ...]; repeated indices add up. */
  scatterAdd(indices: T, updates: T, size: number): T;

  // ── linear algebra ───────────────────────────────────────────────────────────────────────────────────────────────
  /** [..., k] × [k, n] → [..., n]: a matrix shared by all leading axes of `a`. */
  matMul(a: T, b: T): T;
  /** [..., m, k] × [..., k, n] → [..., m, n], equal leading axes. */
  batchMatMul(a: T, b: T): T;
  /**
   * [..., H, W, c] with kernels [h, w, c, n] → [..., H - h + 1, W - w + 1, n]: at each place where a kernel of h × w fits,
   * the product of what it covers with the kernel, which all leading axes of `x` share. `pad` comes before it.
   */
  convolve(x: T, kernels: T): T;

  // ── control ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * `length` rounds of `body`. Carried values keep their shape; `xs` are sliced along axis 0, one row a round; each
   * row result is stacked along a new axis 0. Values of the enclosing program may be used inside the body as they are.
   */
  scan(
    length: number,
    carry: readonly T[],
    xs: readonly T[],
    body: (o: Ops<T>, carry: readonly T[], x: readonly T[]) => { carry: readonly T[]; rows: readonly T[] },
  ): { carry: readonly T[]; rows: readonly T[] };

  /**
   * Rounds of `body` for as long as `again`, a boolean scalar, says so: at least one, at most `most`. Carried values keep
   * their shape. Values of the enclosing program may be used inside the body as they are.
   */
  while(
    most: number,
    carry: readonly T[],
    body: (o: Ops<T>, carry: readonly T[]) => { carry: readonly T[]; again: T },
  ): readonly T[];

  /** The static shape of a value. */
  shapeOf(x: T): Shape;
}
