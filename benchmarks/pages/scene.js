// What all benchmark pages show, so that every renderer draws the same film: the frame-number bar
// code of tests/barcode.py over a canvas of 300 discs, over 24 turning boxes, or over titles. Knows
// no renderer.

const FPS = 30;
const frameAt = (milliseconds) => Math.round((milliseconds * FPS) / 1000);

// Which of the 28 cells are white: corners, Gray code (20 bits), low bits (4).
function cellsOf(frame) {
  const bits = (value, high, low) =>
    Array.from({ length: high - low + 1 }, (_, index) => ((value >> (high - index)) & 1) === 1);
  const gray = frame ^ (frame >> 1);
  return [true, ...bits(gray, 19, 8), false, false, ...bits(gray, 7, 0), ...bits(frame, 3, 0), true];
}

function paintCanvas(context, frame) {
  const { width, height } = context.canvas;
  const seconds = frame / FPS;
  const sky = context.createLinearGradient(0, 0, width, height);
  sky.addColorStop(0, `hsl(${(seconds * 40) % 360} 60% 18%)`);
  sky.addColorStop(1, `hsl(${(seconds * 40 + 90) % 360} 60% 30%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  for (let index = 0; index < 300; index += 1) {
    const turn = seconds * (0.3 + (index % 7) * 0.15) + index * 2.4;
    const reach = 0.08 + 0.4 * ((index * 0.618) % 1);
    context.fillStyle = `hsl(${(index * 17 + seconds * 60) % 360} 80% 60% / 0.7)`;
    context.beginPath();
    context.arc(
      width * (0.5 + reach * Math.cos(turn)), height * (0.6 + 0.8 * reach * Math.sin(turn)),
      height * (0.008 + 0.012 * ((index * 0.37) % 1)), 0, 7,
    );
    context.fill();
  }
  context.fillStyle = "#fff";
  context.font = `${height / 12}px sans-serif`;
  context.fillText(`frame ${frame}`, width * 0.05, height * 0.95);
  cellsOf(frame).forEach((white, index) => {
    const [column, row] = [index % 14, Math.floor(index / 14)];
    context.fillStyle = white ? "#fff" : "#000";
    context.fillRect((column * width) / 20, (row * height) / 9, width / 20, height / 9);
  });
}

// The boxes: where each stands and how fast it turns. Motion is linear, so that CSS animations and
// a function of the time give the same picture.
const BOXES = Array.from({ length: 24 }, (_, index) => ({
  left: 6 + (index % 8) * 11.5, top: 32 + Math.floor(index / 8) * 20, hue: index * 15,
  turn: 1 + (index % 5) * 0.5, swing: 0.6 + (index % 3) * 0.3,
}));

const BOX_STYLE =
  "position: absolute; width: 7%; height: 12.5%; border-radius: 12%; box-shadow: 0 6px 18px rgba(0, 0, 0, 0.5);";

function boxLook({ left, top, hue }) {
  return (
    `${BOX_STYLE} left: ${left}%; top: ${top}%;` +
    ` background: linear-gradient(135deg, hsl(${hue} 80% 65%), hsl(${hue + 60} 80% 35%));`
  );
}

// The state of a box at a moment: degrees, scale and opacity.
function boxState({ turn, swing }, seconds) {
  const phase = (seconds / swing) % 2;
  const wave = phase < 1 ? phase : 2 - phase;
  return { rotate: (360 * seconds) / turn, scale: 0.8 + 0.4 * wave, opacity: 1 - 0.6 * wave };
}

function cellLook(index, white) {
  const [column, row] = [index % 14, Math.floor(index / 14)];
  return (
    `position: absolute; left: ${column * 5}%; width: 5%; top: ${(row * 100) / 9}%;` +
    ` height: ${100 / 9}%; background: ${white ? "#fff" : "#000"}`
  );
}

const STAGE_LOOK =
  "position: absolute; inset: 0; overflow: hidden; background: linear-gradient(160deg, #16213e, #533483)";
const TEXT_LOOK = "position: absolute; left: 5%; bottom: 2%; color: #fff; font: 5vh sans-serif";

// The titles: cards of text that slide in and fade, as in most films made from a template.
const CARDS = Array.from({ length: 9 }, (_, index) => ({
  left: 6 + (index % 3) * 30, top: 30 + Math.floor(index / 3) * 19, swing: 0.9 + (index % 4) * 0.35,
  text: [
    "Sales rose by 12 % in the third quarter", "Four new cities on two continents",
    "Thank you to all who made this possible", "Next stop: the summer tour",
    "Read the whole story on our pages", "Doors open at seven, music at eight",
    "Seventeen songs, one evening", "Made with care and recycled paper", "See you there",
  ][index],
}));

const cardLook = ({ left, top }) =>
  `position: absolute; left: ${left}%; top: ${top}%; width: 27%; height: 15%; padding: 2.2vh;` +
  " box-sizing: border-box; border-radius: 1.4vh; background: rgba(250, 248, 240, 0.94);" +
  " box-shadow: 0 0.8vh 2.5vh rgba(0, 0, 0, 0.35); color: #26324b; font: 600 2.9vh/1.35 sans-serif";

// How far a card has come at a moment: from 6vw aside and faint, linearly to its place and back.
function cardState({ swing }, seconds) {
  const phase = (seconds / swing) % 2;
  const wave = phase < 1 ? phase : 2 - phase;
  return { shift: 6 * (1 - wave), opacity: 0.25 + 0.75 * wave };
}

const MOTION = {
  boxes:
    "@keyframes turn { from { rotate: 0deg } to { rotate: 360deg } }" +
    "@keyframes swing { from { scale: 0.8; opacity: 1 } to { scale: 1.2; opacity: 0.4 } }",
  titles: "@keyframes enter { from { translate: 6vw 0; opacity: 0.25 } to { translate: 0 0; opacity: 1 } }",
};

// Elements of the page for DOM: boxes or titles driven by CSS animations, cells and text by
// `showFrame`.
function buildDom(film = "boxes") {
  const style = document.createElement("style");
  style.textContent = MOTION[film];
  const stage = document.createElement("div");
  stage.style.cssText = STAGE_LOOK;
  const add = (look) => {
    const element = document.createElement("div");
    element.style.cssText = look;
    stage.append(element);
    return element;
  };
  for (const box of film === "boxes" ? BOXES : []) {
    add(boxLook(box)).style.animation =
      `turn ${box.turn}s linear infinite, swing ${box.swing}s linear infinite alternate`;
  }
  for (const card of film === "titles" ? CARDS : []) {
    const element = add(cardLook(card));
    element.textContent = card.text;
    element.style.animation = `enter ${card.swing}s linear infinite alternate`;
  }
  const cells = cellsOf(0).map((white, index) => add(cellLook(index, white)));
  const text = add(TEXT_LOOK);
  document.body.append(style, stage);
  return (frame) => {
    cellsOf(frame).forEach((white, index) => {
      cells[index].style.background = white ? "#fff" : "#000";
    });
    text.textContent = `frame ${frame}`;
  };
}
