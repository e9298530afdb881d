/** So many answers 404 or 410 in a row, with nothing accepted in the run, and the address is taken to be wrong. */
const NOT_FOUND_TO_STOP = 5;

/** What a provider said of the shipments of this run. */
export interface Answers {
  readonly hasAccepted: boolean;
  /** Something for a reason of its own, and not since nothing was found at the address. */
  readonly hasRejected: boolean;
  /** Since the last acceptance. */
  readonly rejectedInRow: number;
  /** While nothing was accepted, in a row: whether these are rejections is not decided yet. */
  readonly notFoundInRow: number;
  /** What it said when it rejected something last. */
  readonly lastRejection: string | null;
}

export const NO_ANSWERS: Answers = {
  hasAccepted: false,
  hasRejected: false,
  rejectedInRow: 0,
  notFoundInRow: 0,
  lastRejection: null,
};

export function accept(answers: Answers): Answers {
  if (answers.hasAccepted && answers.rejectedInRow === 0) return answers;
  return { ...answers, hasAccepted: true, rejectedInRow: 0, notFoundInRow: 0 };
}

/** @param rejection.notFound - whether a wrong address may be the reason. */
export function reject(
  answers: Answers,
  { notFound = false, message }: { notFound?: boolean; message: string },
): Answers {
  const said = { ...answers, lastRejection: message };
  return notFound && !answers.hasAccepted
    ? { ...said, notFoundInRow: answers.notFoundInRow + 1 }
    : { ...said, hasRejected: true, rejectedInRow: answers.rejectedInRow + 1, notFoundInRow: 0 };
}

/** Unless a request that is under way says otherwise. */
export function isAddressWrong(answers: Answers): boolean {
  return answers.notFoundInRow >= NOT_FOUND_TO_STOP;
}

/** All that came was that nothing was found, however little that was. */
export function mayAddressBeWrong(answers: Answers): boolean {
  return answers.notFoundInRow > 0 && !answers.hasRejected;
}

/** @param maxRejections - in a row; 0 for no limit. */
export function isRejectingAll(answers: Answers, maxRejections: number): boolean {
  return maxRejections > 0 && answers.rejectedInRow >= maxRejections;
}

export function hasAnswered({ hasAccepted, hasRejected, notFoundInRow }: Answers): boolean {
  return hasAccepted || hasRejected || notFoundInRow > 0;
}
