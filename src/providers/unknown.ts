import { CommandError } from '../errors.ts';

/** Something waits for providers that the program does not know. The others are seen to all the same. */
export function unknownProviders(names: readonly string[]): CommandError {
  return new CommandError('configuration', `Orders wait for providers not known here: ${names.join(', ')}.`, {
    hint: 'Name the modules of these providers in SHIPCTL_PROVIDERS. All other providers were seen to.',
  });
}
