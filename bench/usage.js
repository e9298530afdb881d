// Loaded into a process to be measured: tells on its fourth descriptor how much memory it had at most, in KiB, and the CPU
// time that it took with all its threads, in microseconds.
import { writeSync } from 'node:fs';

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify({ peakKiB: maxRSS, cpuUs: userCPUTime + systemCPUTime }));
});
