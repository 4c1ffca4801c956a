// Draws how long a sign-in takes by the number of regions, as an SVG that can be read in light and dark.

const [WIDTH, HEIGHT] = [640, 320];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 616, 24, 264];

/**
 * The picture of `npm run bench -- --plot`.
 * @param {readonly { count: number, median: number }[]} regions
 */
export function plot(regions) {
  const most = Math.max(...regions.map(({ count }) => count));
  const one = regions[0]?.median ?? 0;
  const top = Math.ceil((Math.max(one * 1.5, ...regions.map(({ median }) => median)) + 50) / 200) * 200;
  /** @param {number} count */
  const x = (count) => (LEFT + ((RIGHT - LEFT) * count) / most).toFixed(1);
  /** @param {number} ms */
  const y = (ms) => (BOTTOM - ((BOTTOM - TOP) * ms) / top).toFixed(1);
  // Of two that are close, one has its number above.
  const points = regions.map(({ count, median }, index) => ({
    count,
    median,
    x: x(count),
    y: y(median),
    label: index % 2 === 0 ? '22' : '-12',
  }));
  const steps = Array.from({ length: top / 200 + 1 }, (_, index) => index * 200);
  const told = points.map(({ count, median }) => `${String(count)}: ${median.toFixed(0)} ms`).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-labelledby="title description" font-family="ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif">
  <title id="title">How long a sign-in takes, by the number of regions</title>
  <desc id="description">Milliseconds at 100 ms a request. ${told}.</desc>
  <style>
    text { fill: #1f2328; font-size: 13px; }
    .grid { stroke: #d0d7de; stroke-width: 1; }
    .limit { stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 5 5; }
    .line { stroke: #bc4c00; stroke-width: 2.5; fill: none; }
    .point { fill: #bc4c00; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .grid { stroke: #30363d; }
      .limit { stroke: #8b949e; }
      .line { stroke: #f0883e; }
      .point { fill: #f0883e; }
    }
  </style>
${steps.map((ms) => `  <line class="grid" x1="${String(LEFT)}" x2="${String(RIGHT)}" y1="${y(ms)}" y2="${y(ms)}" />\n  <text x="${String(LEFT - 10)}" y="${y(ms)}" dy="4" text-anchor="end">${String(ms)}</text>`).join('\n')}
  <line class="limit" x1="${String(LEFT)}" x2="${String(RIGHT)}" y1="${y(one * 1.5)}" y2="${y(one * 1.5)}" />
  <text x="${String(RIGHT)}" y="${y(one * 1.5)}" dy="-6" text-anchor="end">1.5 times one region</text>
  <polyline class="line" points="${points.map((point) => `${point.x},${point.y}`).join(' ')}" />
${points.map((point) => `  <circle class="point" cx="${point.x}" cy="${point.y}" r="4" />\n  <text x="${point.x}" y="${point.y}" dy="${point.label}" text-anchor="middle">${point.median.toFixed(0)}</text>\n  <text x="${point.x}" y="${String(BOTTOM)}" dy="20" text-anchor="middle">${String(point.count)}</text>`).join('\n')}
  <text x="${String((LEFT + RIGHT) / 2)}" y="${String(HEIGHT - 12)}" text-anchor="middle">regions, one registry in each; milliseconds at 100 ms a request</text>
</svg>
`;
}
