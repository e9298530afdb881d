import { describe, expect, it } from 'vitest';
import {
  accept,
  hasAnswered,
  isAddressWrong,
  isRejectingAll,
  mayAddressBeWrong,
  NO_ANSWERS,
  reject,
} from '../../../src/dispatch/send/pace/answers.ts';

const steps = { a: accept, r: rejected(false), n: rejected(true) };

/** What came in turn: accepted, rejected, not found. */
function answersTo(letters: string) {
  return [...letters].reduce((answers, letter) => steps[letter as keyof typeof steps](answers), NO_ANSWERS);
}

function rejected(notFound: boolean) {
  return (answers: typeof NO_ANSWERS) => reject(answers, { notFound, message: notFound ? 'gone' : 'no' });
}

describe('the answers of a provider', () => {
  it.each([
    ['', false, false],
    ['n', false, true],
    ['nnnn', false, true],
    ['nnnnn', true, true],
    ['nnnnrn', false, false],
    ['rnnnnn', true, false],
    ['annnnnnn', false, false],
    ['nnnna', false, false],
    ['r', false, false],
  ])('%j: the address is wrong: %s, may be: %s', (letters, isWrong, mayBe) => {
    expect([isAddressWrong(answersTo(letters)), mayAddressBeWrong(answersTo(letters))]).toEqual([
      isWrong,
      mayBe,
    ]);
  });

  it.each([
    ['rr', 3, false],
    ['rrr', 3, true],
    ['rrar', 3, false],
    ['rrarrr', 3, true],
    ['arrar', 3, false],
    ['rrr', 0, false],
    ['arnn', 3, true],
    ['rnnr', 3, false],
  ])('%j, at most %i rejections in a row: reached: %s', (letters, most, isReached) => {
    expect(isRejectingAll(answersTo(letters), most)).toBe(isReached);
  });

  it('are answers whatever they say', () => {
    expect(['', 'a', 'r', 'n'].map((letters) => hasAnswered(answersTo(letters)))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(answersTo('ran').lastRejection).toBe('gone');
  });
});
