/** Microseconds of CPU time that this process has had, with all its threads. */
export function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
