"use strict";
importScripts("worker-part.js");
let fps = 0;
let ticks = 0;
const start = Date.now();
onmessage = ({ data }) => {
  fps = data.fps;
  setInterval(() => { ticks += 1; }, 1000 / fps);
};
requestAnimationFrame(function tick(milliseconds) {
  const numbers = [milliseconds, performance.now(), Date.now() - start].map(toFrame);
  postMessage({ numbers: [...numbers, ticks], name });
  requestAnimationFrame(tick);
});
