const PANEL = { width: 340, height: 220, left: 60, top: 48 };

/**
 * Two plots beside each other as SVG, both with a logarithmic axis of due orders: time, logarithmic too, and memory.
 * @param {{ orders: number, seconds: number, peakMiB: number }[]} points
 */
export function drawGrowth(points) {
  const highest = Math.max(...points.map(({ peakMiB }) => peakMiB), 150);
  const memory = { from: 0, to: Math.ceil(highest / 50) * 50 };
  const seconds = decades(points.map((point) => point.seconds));
  const panels = [
    panel(0, 'time of ship-due, seconds', points, {
      value: (point) => point.seconds,
      label: (point) => point.seconds.toFixed(1),
      ticks: seconds.map((tick) => ({ tick, text: String(tick) })),
      position: (value) => Math.log10(value / seconds[0]) / Math.log10(seconds.at(-1) / seconds[0]),
    }),
    panel(1, 'peak memory of ship-due, MiB', points, {
      value: (point) => point.peakMiB,
      label: (point) => point.peakMiB.toFixed(0),
      ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => ({
        tick: part * memory.to,
        text: String(Math.round(part * memory.to)),
      })),
      position: (value) => value / memory.to,
    }),
  ];
  const width = 2 * (PANEL.width + PANEL.left + 20);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="320" viewBox="0 0 ${width} 320" font-family="sans-serif" font-size="12">
<title>Time and peak memory of ship-due over the number of due orders</title>
<rect width="100%" height="100%" fill="#fff"/>
${panels.join('\n')}
</svg>
`;
}

function panel(column, title, points, { value, label, ticks, position }) {
  const left = PANEL.left + column * (PANEL.width + PANEL.left + 20);
  const bottom = PANEL.top + PANEL.height;
  const orders = decades(points.map((point) => point.orders));
  const x = (count) =>
    left + (Math.log10(count / orders[0]) / Math.log10(orders.at(-1) / orders[0])) * (PANEL.width - 20);
  const y = (amount) => bottom - position(amount) * PANEL.height;
  const at = points.map((point) => `${x(point.orders).toFixed(1)},${y(value(point)).toFixed(1)}`);
  return [
    `<text x="${left}" y="24" font-weight="bold">${title}</text>`,
    ...ticks.map(
      ({ tick, text }) =>
        `<path d="M${left} ${y(tick).toFixed(1)}h${PANEL.width}" stroke="#ddd"/><text x="${left - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${text}</text>`,
    ),
    ...orders.map(
      (count) =>
        `<text x="${x(count).toFixed(1)}" y="${bottom + 20}" text-anchor="middle">${count.toLocaleString('en')}</text>`,
    ),
    `<text x="${left + PANEL.width / 2}" y="${bottom + 40}" text-anchor="middle">due orders</text>`,
    `<polyline points="${at.join(' ')}" fill="none" stroke="#0b6bcb" stroke-width="2"/>`,
    ...points.map((point, index) => {
      const [px, py] = at[index].split(',');
      return `<circle cx="${px}" cy="${py}" r="3.5" fill="#0b6bcb"/><text x="${px}" y="${Number(py) - 9}" text-anchor="middle">${label(point)}</text>`;
    }),
  ].join('\n');
}

/** The powers of ten that enclose the values. */
function decades(values) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}
