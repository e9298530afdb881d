/** Whether a value can name a parcel or an event: text on one line. */
export function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !/\p{Cc}/u.test(value);
}
