// 2,520 motes of light that take the shape of whatever is said: seven for each of the film's 360
// frames. A shape is a function (index, seconds) -> [x, y, size]; between two shapes they fly.
"use strict";

const COUNT = 2520;
const FRAMES = 360;
const CENTRE = { x: 640, y: 316 };

const LOOSE = (() => {
  const random = chance(77);
  return Array.from({ length: COUNT }, () => ({
    angle: random() * 2 * Math.PI, far: random(), wait: random(), spin: random() - 0.5, tint: random(),
  }));
})();

// Points along the outline of a page: window, bar, heading, picture, lines of text.
const PAGE = (() => {
  const lines = [];
  const box = (x, y, w, h) =>
    lines.push([x, y, x + w, y], [x + w, y, x + w, y + h], [x + w, y + h, x, y + h], [x, y + h, x, y]);
  box(-270, -175, 540, 350);
  lines.push([-270, -133, 270, -133]);
  for (const x of [-250, -234, -218]) box(x, -158, 7, 7);
  box(-236, -100, 200, 150);
  lines.push([-236, 50, -170, -30], [-170, -30, -120, 24], [-120, 24, -92, -8], [-92, -8, -36, 50]);
  for (let row = 0; row < 3; row += 1) lines.push([2, -94 + row * 9, 190, -94 + row * 9]);
  for (let row = 0; row < 7; row += 1) lines.push([2, -46 + row * 16, 236 - ((row * 67) % 90), -46 + row * 16]);
  for (let row = 0; row < 4; row += 1) lines.push([-236, 84 + row * 20, 236 - (row === 3 ? 210 : 0), 84 + row * 20]);
  const lengths = lines.map(([x1, y1, x2, y2]) => Math.hypot(x2 - x1, y2 - y1));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Array.from({ length: COUNT }, (_, index) => {
    let left = (index / COUNT) * total;
    let line = 0;
    while (left > lengths[line] && line < lines.length - 1) left -= lengths[line++];
    const [x1, y1, x2, y2] = lines[line];
    return [mix(x1, x2, left / lengths[line]), mix(y1, y2, left / lengths[line])];
  });
})();

function atPage(index, t) {
  const [x, y] = PAGE[index];
  const turn = 0.28 * Math.sin((t - 4.5) * 1.3 - 0.7);
  const depth = 1 / (1 - (x * Math.sin(turn)) / 1100);
  return [CENTRE.x + x * Math.cos(turn) * depth, CENTRE.y + y * depth, 4.4 * depth];
}

// A sheet of waves seen from above its edge, 70 by 36.
function atWaves(index, t) {
  const [column, row] = [index % 70, Math.floor(index / 70)];
  const [x, z] = [(column - 34.5) / 34.5, row / 35];
  const height =
    Math.sin(x * 5 + t * 4) * 0.5 + Math.sin(z * 9 - t * 5 + x * 2) * 0.4 + Math.sin((x - z) * 8 + t * 3) * 0.25;
  const depth = 1 / (0.62 + 1.15 * z);
  return [CENTRE.x + x * 430 * depth, CENTRE.y + 40 + (120 - height * 52) * depth - 60, 2.2 + 3 * depth];
}

// Points spread evenly on a turning globe.
function atGlobe(index, t) {
  const up = 1 - (2 * (index + 0.5)) / COUNT;
  const angle = index * 2.399963 + t * 1.1;
  const flat = Math.sqrt(1 - up * up);
  const [x, z] = [Math.cos(angle) * flat, Math.sin(angle) * flat];
  const tilt = 0.38;
  const y = up * Math.cos(tilt) - z * Math.sin(tilt);
  const near = up * Math.sin(tilt) + z * Math.cos(tilt);
  const depth = 1 / (1 - near * 0.22);
  return [CENTRE.x + x * 206 * depth, CENTRE.y + y * 206 * depth, (2.1 + 2.3 * (near + 1)) * depth * 0.72];
}

// Sixty bars of forty-two motes, as loud as the beat of this moment.
function atSong(index, t) {
  const [bar, place] = [Math.floor(index / 42), (index % 42) / 41 - 0.5];
  const across = (bar - 29.5) / 29.5;
  const swing = 0.5 + 0.5 * Math.sin(bar * 1.7 + t * 9) * Math.sin(bar * 0.61 - t * 5);
  const loud = (0.18 + 0.82 * pulse(t, 3)) * (0.25 + 0.75 * swing) * Math.exp(-across * across * 1.4);
  return [CENTRE.x + across * 440, CENTRE.y + place * (24 + 330 * loud), 3.2 + 2 * loud];
}

// A cell for each frame, 30 to a row, three rows to a chunk.
const GRID = { x: 200, y: 244, cell: 24, columns: 30, rows: 3, gap: 12 };

function cellOf(frame) {
  const row = Math.floor(frame / GRID.columns);
  const y = GRID.y + (row + 0.5) * GRID.cell + Math.floor(row / GRID.rows) * GRID.gap;
  return [GRID.x + ((frame % GRID.columns) + 0.5) * GRID.cell, y];
}

function atFrames(index) {
  const frame = index % FRAMES;
  const [x, y] = cellOf(frame);
  return [x, y, 3.4];
}

function atNothing(index, t) {
  const mote = LOOSE[index];
  const reach = 60 + 900 * mote.far;
  const angle = mote.angle + t * 0.15 * (1 + mote.spin);
  return [CENTRE.x + Math.cos(angle) * reach, CENTRE.y + Math.sin(angle) * reach * 0.62, 2 + 2 * mote.tint];
}

// Which shape from which second on; colours run from the first to the second tint across it.
const SHAPES = [
  { from: 0, at: atNothing, hues: [40, 24], alpha: 0 },
  { from: 4.0, at: atPage, hues: [44, 24], alpha: 0.8 },
  { from: 5.0, at: atWaves, hues: [190, 262], alpha: 0.85 },
  { from: 6.0, at: atGlobe, hues: [168, 210], alpha: 0.8 },
  { from: 7.0, at: atSong, hues: [12, 320], alpha: 0.8 },
  { from: 8.0, at: atFrames, hues: [222, 232], alpha: 0.2 },
];

function makeMotes() {
  return Array.from({ length: 73 }, (_, index) => {
    const [red, green, blue] = hueToRgb(index * 5);
    return makeGlow(16, red, green, blue);
  });
}

function hueToRgb(hue) {
  const channel = (n) => {
    const k = (n + hue / 30) % 12;
    return 255 * (0.62 - 0.38 * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

function drawParticles(context, motes, t) {
  let stage = 0;
  while (stage + 1 < SHAPES.length && t >= SHAPES[stage + 1].from) stage += 1;
  const [before, now] = [SHAPES[Math.max(stage - 1, 0)], SHAPES[stage]];
  const gone = smooth(part(t, 8.7, 9.2));
  if ((before.alpha === 0 && now.alpha === 0) || gone === 1) return;
  context.globalCompositeOperation = "lighter";
  for (let index = 0; index < COUNT; index += 1) {
    const mote = LOOSE[index];
    const flight = easeInOut(part(t, now.from + 0.16 * mote.wait, now.from + 0.34 + 0.3 * mote.wait));
    const alpha = mix(before.alpha, now.alpha, flight) * (1 - gone);
    if (alpha < 0.01) continue;
    const [x1, y1, size1] = flight < 1 ? before.at(index, t) : [0, 0, 0];
    const [x2, y2, size2] = flight > 0 ? now.at(index, t) : [0, 0, 0];
    const swirl = Math.sin(flight * Math.PI) * (40 + 90 * mote.far);
    const x = mix(x1, x2, flight) + Math.cos(mote.angle + flight * 3) * swirl;
    const y = mix(y1, y2, flight) + Math.sin(mote.angle + flight * 3) * swirl * 0.7;
    const size = mix(size1, size2, flight) * 1.35;
    const across = clamp((x - 300) / 680);
    const tint = mix(mix(...before.hues, across), mix(...now.hues, across), flight) + 16 * (mote.tint - 0.5);
    context.globalAlpha = alpha * (0.55 + 0.45 * mote.tint);
    context.drawImage(motes[Math.round((((tint % 360) + 360) % 360) / 5)], x - size, y - size, 2 * size, 2 * size);
  }
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
}
