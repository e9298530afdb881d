/** The longest body that is read of one answer. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Of all answers that are being read, so that many long ones at once can't fill the memory. */
const MAX_ANSWERS_BYTES = 64 * 1024 * 1024;

/** What a chunk takes beside its bytes: a body may come one byte at a time. */
export const CHUNK_BYTES = 256;

/** How much may be kept of the answers that are being read. */
export interface AnswerRoom {
  /** False where there is not so much: the answer is not read any further. */
  take(bytes: number): boolean;
  free(bytes: number): void;
}

export function createAnswerRoom(maxBytes = MAX_ANSWERS_BYTES): AnswerRoom {
  let left = maxBytes;
  return {
    take(bytes) {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
    free(bytes) {
      left += bytes;
    },
  };
}
