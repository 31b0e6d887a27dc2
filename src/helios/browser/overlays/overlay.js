// What all overlay pages have in common: props, colours, time.
"use strict";
const props = window.__HELIOS_PROPS__ ?? {};
for (const name of ["colour", "accent", "shade", "font", "size", "margin"]) {
  if (props[name] !== undefined) document.documentElement.style.setProperty(`--${name}`, String(props[name]));
}
const place = (name) => document.getElementById(name);
const say = (element, text) => {
  element.textContent = text ?? "";
  element.dir = "auto";
  element.hidden = !text;
};
// 0 before `start`, 1 from `start + seconds` on, smooth between; seconds of the film.
const rise = (time, start, seconds) => {
  const part = Math.min(1, Math.max(0, (time - start) / Math.max(seconds, 1e-6)));
  return part * part * (3 - 2 * part);
};
// How much is seen of what comes at `from` and goes at `to`, each within `fade` seconds.
const seen = (time, from, to, fade) => rise(time, from, fade) * (1 - rise(time, to - fade, fade));
// Called for every frame with its time and the sound in it.
const everyFrame = (draw) => {
  window.helios = {
    seek() {
      const { audio } = window.helios;
      draw(audio.time, audio);
    },
  };
};
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
