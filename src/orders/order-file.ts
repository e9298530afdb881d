import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { CommandError, type Problem } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { fields, must, placeOf } from '../schema.ts';
import { findExcess } from '../shipments/provider-limits.ts';
import { findAmbiguity } from '../strict-json.ts';
import { findJsonFault } from './json-fault.ts';
import { type CustomerOrder, orderSchema } from './order.ts';

/** Some 400,000 orders; reading them takes ten times as much memory. */
export const MAX_FILE_BYTES = 128 * 2 ** 20;

const NOTHING_LOADED = 'Correct the file and load it again; nothing was loaded.';
const SHAPE = 'It must be a JSON list of customer orders, or an object that holds one as "orders".';

/**
 * The customer orders of a seed file: a JSON list of them, or an object that holds the list as `orders`.
 *
 * @param name - what messages call the file.
 * @param providers - those there are, by name: an order must fit into the fields of its own.
 * @throws CommandError `invalid_orders` with every problem of the file.
 */
export function readOrders(
  bytes: Buffer,
  name: string,
  providers: ReadonlyMap<string, Pick<Provider, 'name' | 'limits'>>,
): CustomerOrder[] {
  const data = parseJson(decode(bytes, name), name);
  if (typeof data !== 'object' || data === null) throw refuse(`${name} holds no customer orders.`, SHAPE);
  const problems: Problem[] = [];
  const file = fileSchema().safeParse(Array.isArray(data) ? { orders: data } : data);
  if (!file.success) {
    for (const issue of file.error.issues) problems.push(toProblem([], issue));
    throw invalid(name, problems);
  }

  const schema = orderSchema([...providers.keys()]);
  const orders: CustomerOrder[] = [];
  const repeatedOrders = findRepeats(file.data.orders, 'order_id');
  for (const [index, row] of file.data.orders.entries()) {
    const order = schema.safeParse(row);
    if (order.success) {
      orders.push(order.data);
      const provider = providers.get(order.data.provider);
      for (const { path, message } of provider ? findExcess(provider, order.data) : []) {
        problems.push({ path: `orders[${index}].${path}`, message });
      }
    }
    for (const issue of order.error?.issues ?? []) problems.push(toProblem(['orders', index], issue));
    // Beside the schema, which would look for repeats only where nothing else is wrong.
    for (const [item, first] of findRepeats(fieldOf(row, 'items'), 'item_id')) {
      const path = `orders[${index}].items[${item}].item_id`;
      problems.push({ path, message: `is in this order already, as items[${first}]` });
    }
    const first = repeatedOrders.get(index);
    if (first === undefined) continue;
    problems.push({ path: `orders[${index}].order_id`, message: `is taken already, by orders[${first}]` });
  }
  if (problems.length > 0) throw invalid(name, problems);
  return orders;
}

function fileSchema() {
  return fields({ orders: z.array(z.unknown(), { error: must('be a list of orders') }) });
}

function decode(bytes: Buffer, name: string): string {
  if (bytes.length > MAX_FILE_BYTES) {
    throw refuse(`${name} is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB.`, 'Split it into several files.');
  }
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/^\uFEFF/, '');
  throw refuse(`${name} is not UTF-8 text, from line ${lineOfFirstBadByte(bytes)} on.`, 'Save it as UTF-8.');
}

/** A line break is never part of a longer character, so each line is valid or not by itself. */
function lineOfFirstBadByte(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf('\n', start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

function parseJson(text: string, name: string): unknown {
  const data = parseAnyJson(text, name);
  const ambiguity = findAmbiguity(text);
  if (!ambiguity) return data;
  const line = text.slice(0, ambiguity.at).split('\n').length;
  throw refuse(`${name}, line ${line}: ${ambiguity.detail}`, NOTHING_LOADED);
}

function parseAnyJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === '') throw refuse(`${name} is empty.`, SHAPE);
    const fault = findJsonFault(text);
    const place = fault ? `: line ${fault.line}, column ${fault.column}: ${fault.message}` : '';
    throw refuse(`${name} is not JSON${place}.`, NOTHING_LOADED, cause);
  }
}

function refuse(message: string, hint: string, cause?: unknown): CommandError {
  return new CommandError('invalid_orders', message, { hint, cause });
}

function invalid(name: string, problems: readonly Problem[]): CommandError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new CommandError('invalid_orders', `${name} has ${count}.`, {
    problems,
    hint: NOTHING_LOADED,
  });
}

function toProblem(parents: readonly PropertyKey[], issue: z.core.$ZodIssue): Problem {
  return { path: placeOf([...parents, ...issue.path]) || 'the file', message: issue.message };
}

/** For each row whose text in `field` an earlier row has too: its index, and the index of the first such row. */
function findRepeats(rows: unknown, field: string): ReadonlyMap<number, number> {
  const firsts = new Map<string, number>();
  const repeats = new Map<number, number>();
  for (const [index, row] of (Array.isArray(rows) ? rows : []).entries()) {
    const value = fieldOf(row, field);
    if (typeof value !== 'string') continue;
    const first = firsts.get(value);
    if (first === undefined) firsts.set(value, index);
    else repeats.set(index, first);
  }
  return repeats;
}

function fieldOf(row: unknown, field: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, field) : undefined;
}
