// The sun behind a dark disc: a corona of streamers, a ring of light, flares.
"use strict";

// The corona around a disc of radius 1, out to CORONA_REACH radii, computed once.
const CORONA_REACH = 5;

function makeCorona(size, seed) {
  // Waves round the rim; the noise must meet itself there.
  const [wide, broadly, finely, finest] = [12, 32, 240, 480].map((waves, index) => {
    const noise = makeNoise(seed + index, waves);
    return (turn, along) => noise(turn * waves, along);
  });
  return paintPixels(size, size, (px, py) => {
    const x = ((px + 0.5) / size - 0.5) * 2 * CORONA_REACH;
    const y = ((py + 0.5) / size - 0.5) * 2 * CORONA_REACH;
    const radius = Math.hypot(x, y);
    if (radius > CORONA_REACH) return [0, 0, 0, 0];
    const turn = Math.atan2(y, x) / (2 * Math.PI) + 0.5;
    const out = Math.max(radius - 1, 0);
    // Streamers bend a little on their way out.
    const bent = turn + 0.0094 * Math.sin(out * 1.3 + seed);
    const broad = wide(bent, 3) * 0.55 + broadly(bent, 20 + out * 0.35) * 0.45;
    const fine = finest(bent, out * 0.5) * 0.6 + finely(bent, 30 + out * 0.8) * 0.4;
    const length = 0.16 + 1.5 * Math.max(0, broad - 0.22) ** 1.7;
    let light = Math.exp(-out / length) * (0.55 + 0.75 * fine) + 0.55 * Math.exp(-out / 0.07);
    light *= smooth(clamp((CORONA_REACH - radius) / 2.2)) * clamp((radius - 0.9) / 0.1);
    const glow = clamp(light);
    return [255, mix(96, 246, glow ** 0.75), mix(34, 226, glow ** 1.5), 255 * glow ** 0.9];
  });
}

function drawSun(context, art, sun, t) {
  const { x, y, radius, light, disc } = sun;
  context.save();
  context.translate(x, y);
  context.globalCompositeOperation = "lighter";
  const halo = radius * 11;
  context.globalAlpha = 0.34 * light;
  context.drawImage(art.amber, -halo, -halo, 2 * halo, 2 * halo);
  const turns = [0.05, -0.035];
  art.coronas.forEach((corona, index) => {
    const reach = radius * CORONA_REACH * (1 + 0.05 * sun.beat * (index + 1));
    context.save();
    context.rotate(turns[index] * t + index * 2.1);
    context.globalAlpha = clamp(light * (0.62 + 0.16 * Math.sin(t * 1.7 + index * 2.4) + 0.3 * sun.beat));
    context.drawImage(corona, -reach, -reach, 2 * reach, 2 * reach);
    context.restore();
  });
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 1;
  if (disc > 0) drawDisc(context, sun);
  else drawFace(context, art, sun);
  context.restore();
}

function drawDisc(context, { radius, light, disc }) {
  context.globalAlpha = disc;
  context.fillStyle = "#05060e";
  context.beginPath();
  context.arc(0, 0, radius * 1.004, 0, 7);
  context.fill();
  context.globalCompositeOperation = "lighter";
  for (const [width, alpha] of [[0.1, 0.16], [0.045, 0.4], [0.016, 1]]) {
    context.globalAlpha = disc * alpha * clamp(light);
    context.strokeStyle = width < 0.02 ? "#fff6df" : "#ffc16b";
    context.lineWidth = Math.max(radius * width, 1.1);
    context.beginPath();
    context.arc(0, 0, radius, 0, 7);
    context.stroke();
  }
}

function drawFace(context, art, { radius, light }) {
  context.globalAlpha = clamp(light);
  context.fillStyle = "#fff3d2";
  context.beginPath();
  context.arc(0, 0, radius * 1.01, 0, 7);
  context.fill();
  context.globalCompositeOperation = "lighter";
  context.globalAlpha = clamp(light * 0.8);
  context.drawImage(art.white, -radius * 2.2, -radius * 2.2, radius * 4.4, radius * 4.4);
}

// A point of light with the long horizontal streak of a cinema lens.
function drawFlare(context, art, x, y, size, strength) {
  if (strength <= 0) return;
  context.save();
  context.globalCompositeOperation = "lighter";
  context.globalAlpha = clamp(strength);
  context.drawImage(art.white, x - size, y - size, 2 * size, 2 * size);
  context.globalAlpha = clamp(strength * 0.8);
  context.drawImage(art.amber, x - size * 7, y - size * 0.07, size * 14, size * 0.14);
  context.globalAlpha = clamp(strength * 0.35);
  context.drawImage(art.blue, x - size * 11, y - size * 0.045, size * 22, size * 0.09);
  context.drawImage(art.amber, x - size * 2.6, y - size * 2.6, size * 5.2, size * 5.2);
  context.restore();
}
