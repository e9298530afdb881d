import { expect, test } from 'vitest';
import {
  ATTEMPT_OUTCOMES,
  DECISIONS,
  DELIVERY_SERVICES,
  EVENT_NAMES,
  INTERVAL_NAMES,
  SHIPMENT_STATUSES,
} from '../../src/vocabulary.ts';
import { temporaryDatabase } from '../support/workspace.ts';

test.each([
  ['shipping_intervals', INTERVAL_NAMES],
  ['delivery_services', DELIVERY_SERVICES],
  ['event_names', EVENT_NAMES],
  ['shipment_statuses', SHIPMENT_STATUSES],
  ['attempt_outcomes', ATTEMPT_OUTCOMES],
  ['decision_names', DECISIONS],
] as const)('the database takes the words that the program has: %s', async (table, words) => {
  const { db } = await temporaryDatabase();

  const stored = await db.selectFrom(table).select('name').execute();

  expect(stored.map(({ name }) => name)).toEqual([...words].sort());
});
