import { initial } from './001-initial.ts';

/** In order; a database's version is how many of them it has had. Never edit one that was released. */
export const migrations: readonly string[] = [initial];
