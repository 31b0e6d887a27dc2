// What all overlay pages have in common: props, colours, time.
"use strict";
const props = window.__HELIOS_PROPS__ ?? {};
for (const name of ["colour", "accent", "shade"]) {
  const value = props[name] ?? "";
  if (value !== "" && value !== "picture" && !CSS.supports("color", String(value))) {
    throw new Error(`the prop ${name}: '${value}' is no colour; write one as in CSS: gold, #ffd700, rgb(255 215 0)`);
  }
}
// Combined pages are told the props of all: what one of them takes is right.
const WORDS = {
  style: ["line", "karaoke", "words"],
  side: ["left", "right"],
  align: ["start", "center", "centre", "left"],
  at: ["bottom", "middle", "top", "bottom-left", "bottom-right", "top-left", "top-right"],
};
for (const [name, words] of Object.entries(WORDS)) {
  const value = props[name] ?? words[0];
  if (!words.includes(value)) throw new Error(`the prop ${name}: '${value}' is none of ${words.join(", ")}`);
}
// What is counted, placed and timed by numbers, and the least of each.
const NUMBERS = {
  count: 1, height: 0, width: 0, radius: 0, gap: 0, round: 0, pulse: 0, fade: 0, strength: 0, dark: 0, reach: 0, glide: 0,
  base: -Infinity, x: -Infinity, y: -Infinity, left: -Infinity, right: -Infinity, from: -Infinity, to: -Infinity, hue: -Infinity,
};
for (const [name, least] of Object.entries(NUMBERS)) {
  const value = props[name] ?? least;
  const isNumber = value === least || (String(value).trim() !== "" && Number.isFinite(Number(value)));
  if (!isNumber || typeof value === "boolean") throw new Error(`the prop ${name}: '${value}' is no number`);
  if (Number(value) < least) throw new Error(`the prop ${name}: ${value} is too small; the least is ${least}`);
}
for (const name of ["colour", "accent", "shade", "font", "size", "margin"]) {
  if (props[name] !== undefined && props[name] !== "picture") document.documentElement.style.setProperty(`--${name}`, String(props[name]));
}
// The picture that the page was given, or the song's cover; null without one.
const picture = props.picture ? Object.assign(new Image(), { src: props.picture }) : null;
const needPicture = (page) => {
  if (!picture) throw new Error(`the prop picture: the song has none in its tags; write --overlay ${page},picture=FILE`);
  return picture;
};
const hsl = (red, green, blue) => {
  const [high, low] = [Math.max(red, green, blue) / 255, Math.min(red, green, blue) / 255];
  const span = high - low;
  const light = (high + low) / 2;
  const full = span ? span / (1 - Math.abs(2 * light - 1)) : 0;
  const part = !span ? 0
    : high * 255 === red ? ((green - blue) / 255 / span + 6) % 6
    : high * 255 === green ? (blue - red) / 255 / span + 2
    : (red - green) / 255 / span + 4;
  return { hue: part * 60, full: full * 100, light: light * 100 };
};
// Its colours, the most telling first: hue in degrees, fullness and light in percent.
const paletteOf = (image, count = 5) => {
  const side = 40;
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, side, side);
  const bins = new Map();
  const { data } = pen.getImageData(0, 0, side, side);
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 128) continue;
    const key = (data[i] >> 5) * 64 + (data[i + 1] >> 5) * 8 + (data[i + 2] >> 5);
    const bin = bins.get(key) ?? { count: 0, sum: [0, 0, 0] };
    bin.count += 1;
    for (let c = 0; c < 3; c += 1) bin.sum[c] += data[i + c];
    bins.set(key, bin);
  }
  const found = [...bins.values()].map(({ count: many, sum }) => {
    const colour = hsl(...sum.map((each) => Math.round(each / many)));
    const vivid = (colour.full / 100) * (1 - Math.abs(colour.light / 50 - 1));
    return { ...colour, many, worth: Math.sqrt(many) * (0.01 + vivid) };
  }).toSorted((a, b) => b.worth - a.worth);
  const kept = [];
  for (const colour of found) {
    const isNew = kept.every((other) => {
      const turn = Math.abs(((colour.hue - other.hue + 540) % 360) - 180);
      return (turn > 25 && colour.full > 12) || Math.abs(colour.light - other.light) > 22;
    });
    if (isNew) kept.push(colour);
    if (kept.length === count) break;
  }
  return kept;
};
const asCss = ({ hue, full, light }) => `hsl(${hue.toFixed(1)} ${full.toFixed(1)}% ${light.toFixed(1)}%)`;
// A colour of the picture that is read over dark and over pictures.
const readable = ({ hue, full, light }) => ({ hue, full: full < 20 ? full : Math.min(Math.max(full, 75), 92), light: Math.max(light, 66) });
if (picture && props.accent === "picture") {
  picture.addEventListener("load", () => {
    const [best] = paletteOf(picture);
    if (best) document.documentElement.style.setProperty("--accent", asCss(readable(best)));
  });
}
// When an end card begins, which stands for the `last` seconds of the film: a short film is not all end, and
// a last line that begins late is read first.
const cardFrom = (duration, last = Math.min(8, duration / 3), lines = []) => {
  const sung = Math.max(0, ...lines.map((line) => (line.start ?? line.words?.[0]?.start ?? 0) + 3.5));
  return Math.max(0, duration - last, Math.min(sung, duration - 2));
};
const hasCard = () => picture !== null || ["title", "artist", "text", "link"].some((name) => props[name]);
const place = (name) => document.getElementById(name);
const say = (element, text) => {
  element.textContent = text ?? "";
  element.dir = "auto";
  element.hidden = !text;
};
// 0 before `start`, 1 from `start + seconds` on, smooth between; seconds of the film.
const rise = (time, start, seconds) => {
  if (!(seconds > 0)) return time < start ? 0 : 1;
  const part = Math.min(1, Math.max(0, (time - start) / seconds));
  return part * part * (3 - 2 * part);
};
// How much is seen of what comes at `from` and goes at `to`, each within `fade` seconds.
const seen = (time, from, to, fade) => rise(time, from, fade) * (1 - rise(time, to - fade, fade));
// `draw` is called with the time of a frame and the sound in it; `pictureId`, with the same, says which frames
// look alike: their picture is drawn once.
const everyFrame = (draw, pictureId) => {
  window.helios = {
    seek() {
      const { audio } = window.helios;
      draw(audio.time, audio);
    },
    pictureId: pictureId && ((frame) => {
      const { audio } = window.helios;
      const row = audio.at(frame / audio.fps);
      return String(pictureId(row.time, row));
    }),
  };
};
// What moves slowly moves in quarters of a pixel: `part` of `length` CSS pixels.
const inQuarters = (part, length) => (length > 0 ? Math.round(part * length * 4) / (length * 4) : part);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
// The page's canvas, in pixels of the film; `width` and `height` are what it is drawn in.
const openPen = () => {
  const canvas = document.querySelector("canvas");
  const ratio = window.devicePixelRatio;
  const [width, height] = [innerWidth, innerHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(canvas.width / width, canvas.height / height);
  return { pen, width, height };
};
