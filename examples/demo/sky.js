// Deep sky behind everything, and the limb of a world with its aurora for the end.
"use strict";

function makeClouds(width, height) {
  const cloud = makeNoise(11, 64);
  return paintPixels(width, height, (px, py) => {
    const [x, y] = [px / width, py / height];
    const band = Math.exp(-(((y - 0.62 + 0.35 * (x - 0.5)) / 0.26) ** 2));
    let fog = 0;
    for (let octave = 0, size = 4, weight = 0.5; octave < 5; octave += 1, size *= 2, weight /= 2) {
      fog += weight * cloud(x * size * 1.78 + octave * 7, y * size + octave * 3);
    }
    fog = band * Math.max(0, fog - 0.28) * 1.6;
    return [3 + 30 * fog + 4 * y, 5 + 20 * fog + 5 * y, 15 + 52 * fog + 12 * y, 255];
  });
}

function makeSky(width, height, scale) {
  const canvas = makeCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(makeClouds(400, 225), 0, 0, canvas.width, canvas.height);
  // Grain hides the steps of dark gradients in 8-bit video.
  const grain = chance(5);
  context.fillStyle = context.createPattern(paintPixels(256, 256, () => [255, 255, 255, 3.4 * grain()]), "repeat");
  context.fillRect(0, 0, canvas.width, canvas.height);
  const random = chance(3);
  for (let index = 0; index < 900; index += 1) {
    const bright = random() ** 9;
    const size = scale * (0.45 + 1.1 * bright);
    context.fillStyle = `hsla(${random() < 0.3 ? 34 : 222}, 80%, ${80 + 15 * random()}%, ${0.12 + 0.85 * bright})`;
    context.beginPath();
    context.arc(random() * width, random() * height, size, 0, 7);
    context.fill();
  }
  return canvas;
}

const TWINKLES = (() => {
  const random = chance(21);
  return Array.from({ length: 46 }, () => ({
    x: random() * 1280, y: random() * 720, rate: 0.5 + 2 * random(), phase: 7 * random(), size: 5 + 9 * random(),
  }));
})();

function drawTwinkles(context, t, glow, strength) {
  for (const star of TWINKLES) {
    context.globalAlpha = strength * (0.35 + 0.35 * Math.sin(star.rate * t * 3 + star.phase));
    context.drawImage(glow, star.x - star.size / 2, star.y - star.size / 2, star.size, star.size);
  }
  context.globalAlpha = 1;
}

const CURTAIN = makeNoise(31, 128);

// Curtains of light above the limb: narrow strips, each as high as slow noise says.
function drawAurora(context, t, strength, strip) {
  context.globalCompositeOperation = "lighter";
  for (let layer = 0; layer < 3; layer += 1) {
    for (let x = -320; x < 1600; x += 4) {
      const along = x / 1280 - 0.5;
      const fold = CURTAIN(x / 95 + layer * 17 + t * 0.35, t * 0.25 + layer * 9);
      const ray = CURTAIN(x / 23 + layer * 31 - t * 0.5, t * 0.5 + layer * 5);
      const high = (90 + 190 * fold * fold + 55 * ray) * (1 - 0.35 * layer * 0.5);
      const foot = limb(x) + 10 - 16 * layer;
      const edge = smooth(clamp(Math.abs(along) * 3.4 - 0.28));
      context.globalAlpha = strength * edge * (0.1 + 0.6 * ray * fold) * (1 - 0.22 * layer);
      context.drawImage(strip[layer], x, Math.round(foot - high), 4, Math.round(high));
    }
  }
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
}

function makeAuroraStrips() {
  const tints = [[70, 240, 190], [60, 190, 250], [150, 110, 255]];
  return tints.map(([red, green, blue]) =>
    paintPixels(1, 256, (_, y) => {
      const up = 1 - y / 255;
      const light = Math.min(1, up * 9) ** 2 * (1 - up) ** 1.7;
      return [red + 40 * up, green - 120 * up * up, blue, 255 * light];
    }),
  );
}

const WORLD = { x: 640, y: 1690, radius: 1130 };
const TOP = WORLD.y - WORLD.radius;

// Height of the horizon at x.
function limb(x) {
  return WORLD.y - Math.sqrt(WORLD.radius ** 2 - (x - WORLD.x) ** 2);
}

// `sunk` pixels below its place; `dawn` lights the ground.
function drawWorld(context, sunk, dawn) {
  const [x, y, radius] = [WORLD.x, WORLD.y + sunk, WORLD.radius];
  const strength = 0.35 + 0.65 * dawn;
  const air = context.createRadialGradient(x, y, radius - 6, x, y, radius + 78);
  air.addColorStop(0, `rgba(150, 205, 255, ${0.85 * strength})`);
  air.addColorStop(0.06, `rgba(84, 150, 255, ${0.42 * strength})`);
  air.addColorStop(0.35, `rgba(58, 80, 220, ${0.14 * strength})`);
  air.addColorStop(1, "rgba(40, 30, 120, 0)");
  context.globalCompositeOperation = "lighter";
  context.fillStyle = air;
  context.fillRect(-400, 300, 2080, 500);
  context.globalCompositeOperation = "source-over";
  const ground = context.createRadialGradient(x, y - radius, 0, x, y - radius + 60, 900);
  ground.addColorStop(0, `rgb(${60 * dawn + 6}, ${34 * dawn + 8}, ${30 * dawn + 18})`);
  ground.addColorStop(0.25, `rgb(${16 * dawn + 4}, ${12 * dawn + 6}, ${20 * dawn + 14})`);
  ground.addColorStop(1, "rgb(3, 4, 10)");
  context.fillStyle = ground;
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fill();
}
