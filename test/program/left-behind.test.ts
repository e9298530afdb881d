import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { runProgram } from '../support/program.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { temporaryFolder } from '../support/workspace.ts';

test.each<[string, number, string]>([
  [
    'in the thread that sends',
    3,
    "provider.outcome = (answer) => (leave(), { kind: 'accepted', httpStatus: 200 });",
  ],
  ['in the thread that asks the database', 2_000, 'if (!isMainThread) leave();'],
  ['while the module is loaded', 3, 'leave();'],
])(
  'a rejected promise that a provider leaves behind is told once and ends nothing: %s',
  async (_where, orders, code) => {
    const { url, received } = await startProvider(
      http.post(at('/orders'), () => new HttpResponse(null, { status: 200 })),
    );
    const cwd = temporaryFolder();
    const listed = Array.from({ length: orders }, (_order, index) =>
      anOrder({ order_id: `co-${index}`, provider: 'careless' }),
    );
    writeFileSync(join(cwd, 'orders.json'), JSON.stringify(listed));
    writeFileSync(join(cwd, 'careless.mjs'), `${CARELESS}\n${code}`);
    const env = { SHIPCTL_PROVIDERS: './careless.mjs', SHIPCTL_CARELESS_URL: url };
    await runProgram(['seed', 'orders.json'], { cwd, env });

    const run = await runProgram(['ship-due', '--json', '--log-format', 'json'], { cwd, env });

    expect(run.exitCode).toBe(0);
    expect(run.json().counts).toMatchObject({ due: orders, accepted: orders });
    expect(received).toHaveLength(orders);
    const entries = run.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries).toMatchObject([
      {
        level: 'error',
        message:
          "a promise was rejected and nobody waited for it: most likely a provider's code left it behind",
        reason: 'forgotten',
      },
    ]);
  },
  60_000,
);

const CARELESS = `
import { isMainThread } from 'node:worker_threads';
const leave = () => void Promise.reject(new Error('forgotten'));
export const provider = {
  name: 'careless',
  defaultUrl: 'http://127.0.0.1:1',
  timezone: 'UTC',
  limits: {},
  repeatedOrders: { kind: 'recognised' },
  body: ({ shipmentId }) => shipmentId,
  request: () => ({ method: 'POST', path: '/orders', headers: {} }),
  outcome: () => ({ kind: 'accepted', httpStatus: 200 }),
};
`;
