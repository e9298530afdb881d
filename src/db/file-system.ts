import { statfsSync } from 'node:fs';

/** Magic numbers of statfs(2) for file systems whose other machines can't see this one's shared memory. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
]);

/** The name of the network file system that a folder lies on; undefined where it is none that we know. */
export function networkFileSystem(folder: string): string | undefined {
  return nameOfNetworkFileSystem(statfsSync(folder).type);
}

/** @param type - as statfs(2) gives it; some platforms sign-extend it. */
export function nameOfNetworkFileSystem(type: number): string | undefined {
  return NETWORK_FILE_SYSTEMS.get(type < 0 ? type + 2 ** 32 : type);
}
