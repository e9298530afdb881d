import { expect, it } from 'vitest';
import { nameOfNetworkFileSystem, networkFileSystem } from '../../src/db/file-system.ts';
import { temporaryFolder } from '../support/workspace.ts';

it.each([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  // As a 32-bit signed number.
  [0xff534d42 - 2 ** 32, 'CIFS'],
  [0xef53, undefined],
  [0x01021994, undefined],
])('knows the file system of type %i as %s', (type, name) => {
  expect(nameOfNetworkFileSystem(type)).toBe(name);
});

it('takes the temporary folder for a local one', () => {
  expect(networkFileSystem(temporaryFolder())).toBeUndefined();
});
