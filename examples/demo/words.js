// Type: one family, thin and wide, set letter by letter where it has to move.
"use strict";

const FACE = new FontFace("Jost", "url(jost.woff2)", { weight: "100 900" });
document.fonts.add(FACE);
const FONT_READY = FACE.load();

function setType(context, size, weight, spacing = 0) {
  context.font = `${weight} ${size}px Jost, sans-serif`;
  context.letterSpacing = `${spacing}px`;
  context.textBaseline = "alphabetic";
}

function write(context, text, x, y, { size, weight = 400, spacing = 0, colour = "#fff4e0", alpha = 1, align = "center" }) {
  if (alpha <= 0) return;
  setType(context, size, weight, spacing);
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.textAlign = align;
  // Trailing letter spacing would push centred words to the left.
  context.fillText(text, x + (align === "center" ? spacing / 2 : 0), y);
  context.globalAlpha = 1;
}

// Digits that do not dance: every one in a column of its own.
function writeNumber(context, text, x, y, style) {
  const advance = style.size * 0.56;
  [...text].forEach((digit, index) => write(context, digit, x + (index + 0.5) * advance, y, style));
}

const TITLE = { radius: 62, size: 176, y: 330, gap: 44 };

// The centres of H E L I O S, the O being the ring of the sun.
function titlePlaces(context) {
  setType(context, TITLE.size, 300);
  const widths = [..."HELI"].map((letter) => context.measureText(letter).width);
  const last = context.measureText("S").width;
  const all = [...widths, 2 * TITLE.radius, last];
  const total = all.reduce((sum, width) => sum + width, 0) + TITLE.gap * 5;
  let x = 640 - total / 2;
  return all.map((width) => {
    const centre = x + width / 2;
    x += width + TITLE.gap;
    return centre;
  });
}

function drawTitle(context, t) {
  const leave = smooth(part(t, 3.7, 4.15));
  if (t < 2 || leave >= 1) return;
  const places = titlePlaces(context);
  [..."HELI", null, "S"].forEach((letter, index) => {
    if (!letter) return;
    const come = easeOut(part(t, 2.45 - 0.05 * Math.abs(4 - index), 3.2 - 0.03 * Math.abs(4 - index)));
    const x = mix(places[4], places[index], come) + (index - 4) * 30 * leave;
    const style = { size: TITLE.size, weight: 300, alpha: come ** 2 * (1 - leave), colour: "#fff1d6" };
    write(context, letter, x, TITLE.y + TITLE.radius * 0.995, style);
  });
  const say = during(t, 2.6, 4.1, 0.5, 0.35);
  write(context, "Anything that can draw frame n becomes a film.", 640, 482, {
    size: 31, weight: 300, spacing: 1.6 + 0.8 * smooth(part(t, 2.6, 4.1)), colour: "#ffe2b8", alpha: say,
  });
}

const KINDS = [["a page", 4], ["a canvas", 5], ["a world", 6], ["a song", 7]];

function drawKinds(context, t) {
  const shown = during(t, 4.05, 8.15, 0.35, 0.3);
  KINDS.forEach(([word, from], index) => {
    const now = during(t, from, from + 1.08, 0.18, 0.25);
    const style = { size: 34, weight: 300 + Math.round(200 * now), spacing: 1 };
    const alpha = shown * (t < from ? 0.26 : 0.4 + 0.6 * now);
    write(context, word, 640 + (index - 1.5) * 218, 630 - 5 * now * pulse(t), { ...style, alpha });
    if (now > 0) {
      context.globalAlpha = shown * now * 0.9;
      context.fillStyle = "#ffb454";
      context.fillRect(640 + (index - 1.5) * 218 - 26 * now, 650, 52 * now, 2);
      context.globalAlpha = 1;
    }
  });
}

function drawEnding(context, t) {
  const first = smooth(part(t, 10.25, 10.85));
  write(context, "HELIOS", 640, 232, { size: 84, weight: 300, spacing: 34 - 6 * first, alpha: first, colour: "#fff1d6" });
  const second = smooth(part(t, 10.6, 11.2));
  write(context, "Films from code. Every frame exact.", 640, 292, { size: 25, weight: 300, spacing: 1.2, alpha: second });
  const third = smooth(part(t, 10.95, 11.5));
  const text = "helios render page.html -o film.mp4";
  setType(context, 22, 400, 0.6);
  const width = context.measureText(text).width + 74;
  context.globalAlpha = third;
  context.fillStyle = "rgba(8, 10, 24, 0.55)";
  context.strokeStyle = "rgba(255, 214, 150, 0.45)";
  context.lineWidth = 1.2;
  context.beginPath();
  context.roundRect(640 - width / 2, 330, width, 52, 26);
  context.fill();
  context.stroke();
  write(context, "›", 640 - width / 2 + 28, 363, { size: 26, weight: 400, colour: "#ffb454", alpha: third });
  write(context, text, 640 + 12, 363.5, { size: 22, weight: 400, spacing: 0.6, alpha: third });
}
