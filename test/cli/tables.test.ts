import { expect, test } from 'vitest';
import { renderTable } from '../../src/cli/tables.ts';

test.each([
  ['an accent of its own', 'Jose\u0301', 'José'],
  ['an emoji of several characters', '👍🏽', 'xx'],
  ['characters of half the width', 'ｱﾏｿﾞﾝ', 'xxxxx'],
  ['characters of twice the width', '東京', 'xxxx'],
  ['a sign beyond the alphabets', 'Post™ … →', 'PostT . x'],
])('a column is as wide as its text shows: %s', (_, text, asWide) => {
  const [head] = renderTable(['TO', 'STATUS'], [[text, 'sent']], 80).split('\n');
  const [plain] = renderTable(['TO', 'STATUS'], [[asWide, 'sent']], 80).split('\n');

  expect(head).toBe(plain);
});
