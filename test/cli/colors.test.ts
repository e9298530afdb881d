import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createOutput } from '../../src/cli/output.ts';
import { runProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/workspace.ts';

const RED = '\u001b[31mx\u001b[39m';

test.each([
  { what: 'are for a terminal', shown: RED },
  { what: 'are not for a file or another program', isTTY: false, shown: 'x' },
  { what: 'are not for a terminal whose user wants none', env: { NO_COLOR: '1' }, shown: 'x' },
  { what: 'are not for a terminal that knows none', env: { TERM: 'dumb' }, shown: 'x' },
  { what: 'go with --no-color', color: false, shown: 'x' },
  { what: 'are not in a JSON document', json: true, shown: 'x' },
])('colours $what', ({ isTTY = true, env = {}, color = true, json = false, shown }) => {
  const stdout = Object.assign(new Writable(), { isTTY });

  const { colors } = createOutput({ stdout, env }, { json, quiet: false, color });

  expect(colors.red('x')).toBe(shown);
});

test('no variable of another program puts colours into a pipe', async () => {
  const cwd = temporaryFolder();
  await runProgram(['seed'], { cwd });

  const { stdout } = await runProgram(['status'], { cwd, env: { FORCE_COLOR: '3', COLORTERM: 'truecolor' } });

  expect(stdout).toContain('Customer orders: ');
  expect(stdout).not.toContain('\u001b');
});
