// Loaded into a process to be measured: tells on its fourth descriptor how much memory it had at most, in KiB.
import { writeSync } from 'node:fs';

process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));
