/** How does this compiler say that it is wrong itself? With this exception; what a modeller can cause is a diagnostic. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}
