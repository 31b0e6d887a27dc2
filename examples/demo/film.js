// The film: what is seen when. `draw(frame)` depends on nothing but the frame's number.
"use strict";

const FPS = 30;
const DURATION = 12;
const canvas = document.querySelector("canvas");
canvas.width = innerWidth;
canvas.height = innerHeight;
const context = canvas.getContext("2d", { alpha: false });
// The stage is 1280x720 whatever the size of the picture, in its middle.
const scale = Math.min(canvas.width / 1280, canvas.height / 720);
const left = (canvas.width - 1280 * scale) / 2;
const top_ = (canvas.height - 720 * scale) / 2;

const art = {
  sky: makeSky(canvas.width * 1.06, canvas.height * 1.06, scale),
  coronas: [makeCorona(Math.round(620 * scale), 101), makeCorona(Math.round(620 * scale), 207)],
  amber: makeGlow(256, 255, 120, 30),
  blue: makeGlow(256, 60, 110, 255),
  white: makeGlow(256, 255, 214, 150),
  strips: makeAuroraStrips(),
  motes: makeMotes(),
  vignette: makeVignette(),
};

// Where the sun is, how large, how bright, and how much of it is covered.
function sunAt(t) {
  const places = titlePlaces(context);
  const shrink = easeInOut(part(t, 2.0, 2.6));
  const born = smooth(part(t, -0.3, 1.9));
  const leave = smooth(part(t, 3.75, 4.5));
  const beat = pulse(t);
  const burst = Math.exp(-Math.max(t - 2, 0) * 3) * (t >= 2);
  return {
    x: mix(640, places[4], shrink),
    y: mix(340, TITLE.y, shrink) - 700 * leave * leave,
    radius: mix(128, TITLE.radius, shrink) * (1 - 0.3 * leave),
    light: (0.12 * born + 0.34 * born ** 3 + 0.62 * smooth(part(t, 1.9, 2.05)) + 0.5 * burst) * (1 - 0.5 * leave),
    beat: t < 10 ? beat : 0,
    disc: 1,
  };
}

function drawSky(t) {
  const [x, y] = [-0.03 * (t / DURATION), -0.015 - 0.015 * Math.sin(t * 0.2)];
  cover(() => {
    context.globalAlpha = 0.55 + 0.45 * smooth(part(t, 0, 1.2));
    context.fillStyle = "#04050d";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(art.sky, Math.round(canvas.width * x), Math.round(canvas.height * y));
    context.globalAlpha = 1;
  });
  context.globalCompositeOperation = "lighter";
  drawTwinkles(context, t, art.white, 0.4 + 0.6 * smooth(part(t, 0, 1.4)));
  context.globalCompositeOperation = "source-over";
}

function drawOpening(t) {
  if (t > 4.6) return;
  const sun = sunAt(t);
  drawSun(context, art, sun, t);
  // The diamond: the last point of light before the sun is covered, which goes round the ring.
  const angle = -2.3 + 1.15 * easeInOut(part(t, 0, 2.0));
  const spark = smooth(part(t, -0.1, 1.3)) * (1 - smooth(part(t, 2.2, 2.7)));
  const flash = Math.exp(-Math.max(t - 2, 0) * 4) * (t >= 2) * 0.9;
  const [x, y] = [sun.x + Math.cos(angle) * sun.radius, sun.y + Math.sin(angle) * sun.radius];
  drawFlare(context, art, x, y, 46 + 70 * flash, spark * (0.8 + 0.12 * Math.sin(t * 19)) + flash);
  drawTitle(context, t);
}

const CHUNK = FRAMES / 4;
const CHUNK_TINTS = ["#ffb454", "#ff7a59", "#b388ff", "#4dd8c6"];

// Every frame of this film as a cell; four chunks fill at once; the frame on the screen glows.
function drawFrames(t, frame) {
  const shown = during(t, 8.05, 10.0, 0.4, 0.25);
  if (shown <= 0) return;
  // Not all workers are equally fast.
  const done = [1.25, 0.95, 1.15, 1.05].map((pace) =>
    Math.floor(smooth(part(t, 8.3, 8.3 + pace * 1.2)) * CHUNK),
  );
  for (let index = 0; index < FRAMES; index += 1) {
    const [x, y] = cellOf(index);
    const chunk = Math.floor(index / CHUNK);
    const isDone = index % CHUNK < done[chunk];
    const isLast = done[chunk] < CHUNK && index % CHUNK === done[chunk] - 1;
    context.globalAlpha = shown * (isDone ? 0.82 : 0.14);
    context.fillStyle = isLast ? "#ffffff" : isDone ? CHUNK_TINTS[chunk] : "#8fa2ff";
    context.fillRect(x - 9, y - 9, 18, 18);
  }
  done.forEach((count, chunk) => {
    const [, y] = cellOf(chunk * CHUNK + GRID.columns);
    const x = GRID.x + GRID.columns * GRID.cell + 26;
    const style = { weight: 300, align: "left", alpha: shown };
    write(context, `chunk ${chunk}`, x, y - 2, { ...style, size: 19, colour: CHUNK_TINTS[chunk] });
    const state = count === CHUNK ? "done" : `${count} of ${CHUNK}`;
    write(context, state, x, y + 20, { ...style, size: 17, colour: "#b9c2ea" });
  });
  const [x, y] = cellOf(frame);
  context.globalAlpha = shown;
  context.fillStyle = "#fff4e0";
  context.fillRect(x - 10, y - 10, 20, 20);
  drawFlare(context, art, x, y, 26 + 10 * pulse(t), shown);
  const label = { size: 24, weight: 300, spacing: 0.6, alpha: shown, align: "left" };
  write(context, "This is frame", GRID.x + 2, 96, label);
  const number = String(frame).padStart(3, "0");
  writeNumber(context, number, GRID.x - 6, 202, { size: 116, weight: 200, alpha: shown });
  write(context, "of 360, a function of its number alone.", GRID.x + 220, 168, label);
  const claim = "Four chunks, any order, any machine: the same film.";
  write(context, claim, GRID.x + 220, 201, { ...label, colour: "#b9c2ea" });
}

// The world comes up from below in the last beat before the end; on the beat the sun clears it.
function drawSunrise(t) {
  const come = easeOut(part(t, 9.55, 10.1));
  if (come <= 0) return;
  const sunk = 210 * (1 - come);
  const dawn = t < 10 ? 0.25 * come : 0.25 + 0.75 * easeOut(part(t, 10.0, 11.2));
  const up = easeOut(part(t, 10.0, 11.9));
  const flash = Math.exp(-Math.max(t - 10, 0) * 2.2) * (t >= 10);
  drawAurora(context, t, smooth(part(t, 9.8, 10.8)) * 0.95, art.strips);
  if (t >= 10) {
    context.globalCompositeOperation = "lighter";
    context.globalAlpha = 0.5 * smooth(part(t, 10, 10.3)) + 0.25 * flash;
    context.drawImage(art.amber, 640 - 720, TOP - 300, 1440, 600);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
    const y = mix(TOP + 40, TOP - 14, up);
    drawSun(context, art, { x: 640, y, radius: 46, light: 0.85 + 0.4 * flash, beat: 0.4 * flash, disc: 0 }, t);
    drawFlare(context, art, 640, Math.min(y, TOP), 74 + 60 * flash, 0.75 + 0.5 * flash);
  }
  drawWorld(context, sunk, dawn);
  if (t >= 10) drawFlare(context, art, 640, TOP - 2, 30 + 60 * flash, 0.55 + 0.4 * flash);
  drawEnding(context, t);
}

// The frame's number in binary along the lower edge: proof for whoever looks closely.
function drawProof(frame) {
  for (let bit = 0; bit < 9; bit += 1) {
    context.globalAlpha = (frame >> (8 - bit)) & 1 ? 0.6 : 0.14;
    context.fillStyle = "#ffdca8";
    context.fillRect(1176 + bit * 8, 694, 6, 6);
  }
  context.globalAlpha = 1;
}

function makeVignette() {
  const picture = makeCanvas(canvas.width, canvas.height);
  const paint = picture.getContext("2d");
  const [x, y] = [canvas.width / 2, canvas.height / 2];
  const shade = paint.createRadialGradient(x, y, 300 * scale, x, y, 860 * scale);
  shade.addColorStop(0, "rgba(2, 3, 9, 0)");
  shade.addColorStop(1, "rgba(2, 3, 9, 0.72)");
  paint.fillStyle = shade;
  paint.fillRect(0, 0, canvas.width, canvas.height);
  return picture;
}

// Cover the whole picture, whatever its shape.
function cover(paint) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  paint();
  context.setTransform(scale, 0, 0, scale, left, top_);
}

function draw(frame) {
  const t = frame / FPS;
  drawSky(t);
  cover(() => context.drawImage(art.vignette, 0, 0));
  drawOpening(t);
  drawParticles(context, art.motes, t);
  drawKinds(context, t);
  drawFrames(t, frame);
  drawSunrise(t);
  drawProof(frame);
  // Each bar of the music opens with a breath of light.
  const lift = 0.09 * Math.exp(-(t % 2) * 6) * (t >= 2 && t < 11.5);
  if (lift > 0.002) {
    context.globalCompositeOperation = "lighter";
    context.globalAlpha = lift;
    context.fillStyle = "#ffb060";
    cover(() => context.fillRect(0, 0, canvas.width, canvas.height));
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
  }
}

const sound = document.querySelector("audio");
addEventListener("click", () => (sound.paused ? sound.play() : sound.pause()));

FONT_READY.then(() =>
  requestAnimationFrame(function show(milliseconds) {
    const seconds = sound.paused ? milliseconds / 1000 : sound.currentTime;
    draw(Math.round(seconds * FPS) % FRAMES);
    requestAnimationFrame(show);
  }),
);
