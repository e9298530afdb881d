import { seededShare } from './random.ts';

const NOBODY_HOME_SHARE = 1 / 8;

/** The events that parcels of a provider meet with, in its own words. */
export interface Lives {
  usual: readonly string[];
  nobodyHome: readonly string[];
}

export interface ParcelEvent {
  code: string;
  atMs: number;
}

/** The events of a parcel: always the same ones for the same name and seed. */
export function parcelLife(
  { usual, nobodyHome }: Lives,
  parcelName: string,
  seed: number,
): readonly string[] {
  return seededShare(parcelName, seed) < NOBODY_HOME_SHARE ? nobodyHome : usual;
}

/** When an event happened, in whole seconds: now, or a second after the one before where that is later. */
export function eventTime(nowMs: number, previousMs: number | undefined): number {
  const thisSecond = Math.floor(nowMs / 1000) * 1000;
  return previousMs === undefined ? thisSecond : Math.max(thisSecond, previousMs + 1000);
}
