/** A failure that the person at the terminal can do something about; its message says what, so no stack is shown. */
export class UserError extends Error {
  override name = 'UserError';
}
