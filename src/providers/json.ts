/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of a JSON object, without those that every object inherits; none for any other value. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(isObject(value) ? Object.entries(value) : []);
}

/** Whether a value is a JSON object: no list and not null. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How long what a provider calls a parcel or an event may be, in UTF-16 units. */
export const MAX_NAME_LENGTH = 100;

/** Whether a value is text on one line that is not blank, such as a tracking number: at most `maxLength` UTF-16 units. */
export function isName(value: unknown, maxLength = MAX_NAME_LENGTH): value is string {
  return isLine(value, maxLength) && value.trim() !== '';
}

/** Whether a value is text that is not empty, has no control characters and no half of a surrogate pair. */
export function isLine(value: unknown, maxLength = MAX_NAME_LENGTH): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= maxLength &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value)
  );
}
