// Small mathematics shared by all scenes. Nothing here remembers anything.
"use strict";

const clamp = (x, low = 0, high = 1) => Math.min(Math.max(x, low), high);
const mix = (a, b, x) => a + (b - a) * x;
const smooth = (x) => x * x * (3 - 2 * x);
const easeOut = (x) => 1 - (1 - x) ** 4;
const easeInOut = (x) => (x < 0.5 ? 8 * x ** 4 : 1 - (-2 * x + 2) ** 4 / 2);

// How far a moment is through the stretch from `start` to `end`, 0 to 1.
const part = (t, start, end) => clamp((t - start) / (end - start));
// In over `rise` seconds, out over `fall`.
const during = (t, start, end, rise = 0.4, fall = 0.4) =>
  smooth(part(t, start, start + rise)) * (1 - smooth(part(t, end - fall, end)));

const BEAT = 0.5;
// 1 on every beat that has a kick, then falling.
const pulse = (t, sharpness = 5) =>
  t < 2 || t >= 10 ? Math.exp(-sharpness * Math.max(t < 2 ? 9 : t - 10, 0)) : Math.exp((-sharpness * (t % BEAT)) / BEAT);

// mulberry32: the same numbers on every machine.
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

// Smooth value noise, periodic in x with `period`.
function makeNoise(seed, period) {
  const random = chance(seed);
  const rows = 64;
  const grid = Float32Array.from({ length: period * rows }, random);
  const at = (x, y) => grid[(((y % rows) + rows) % rows) * period + (((x % period) + period) % period)];
  return (x, y) => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [smooth(x - column), smooth(y - row)];
    return mix(
      mix(at(column, row), at(column + 1, row), fx),
      mix(at(column, row + 1), at(column + 1, row + 1), fx),
      fy,
    );
  };
}

function makeCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return canvas;
}

// A picture computed pixel by pixel: `shade(x, y)` gives [red, green, blue, alpha], 0 to 255.
function paintPixels(width, height, shade) {
  const canvas = makeCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let y = 0, index = 0; y < canvas.height; y += 1) {
    for (let x = 0; x < canvas.width; x += 1, index += 4) {
      const [red, green, blue, alpha] = shade(x, y);
      image.data[index] = red;
      image.data[index + 1] = green;
      image.data[index + 2] = blue;
      image.data[index + 3] = alpha;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// A round glow, white in the middle, to be tinted by what it is drawn for.
function makeGlow(size, red, green, blue) {
  return paintPixels(size, size, (x, y) => {
    const distance = Math.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2) / (size / 2);
    const light = Math.max(0, 1 - distance) ** 2.6;
    return [mix(red, 255, light), mix(green, 255, light), mix(blue, 255, light), 255 * light];
  });
}
