// The frame-number bar code of ../barcode.py, for pages: 28 cells in two rows of 14, each 1/20 of
// the viewport wide and 1/9 high. Frames per second: ?fps=, else <html data-fps>, else 30.
"use strict";

const fps = Number(
  new URLSearchParams(location.search).get("fps") ?? document.documentElement.dataset.fps ?? 30,
);

function frameAt(milliseconds) {
  return Math.round((milliseconds * fps) / 1000);
}

// What each cell shows, in order: an always white (true) or black (false) corner, bit `gray` of the
// Gray code of the frame number, or bit `plain` of the number itself.
const CELLS = [true, ...gray(19, 8), false, false, ...gray(7, 0), ...plain(3, 0), true].map(
  (shows, index) => ({ shows, column: index % 14, row: Math.floor(index / 14) }),
);

function bits(kind, high, low) {
  return Array.from({ length: high - low + 1 }, (_, index) => ({ [kind]: high - index }));
}

function gray(high, low) {
  return bits("gray", high, low);
}

function plain(high, low) {
  return bits("plain", high, low);
}

function isWhite(cell, frame) {
  if (typeof cell.shows === "boolean") return cell.shows;
  if ("plain" in cell.shows) return Boolean((frame >> cell.shows.plain) & 1);
  return Boolean(((frame ^ (frame >> 1)) >> cell.shows.gray) & 1);
}

// A cell that blinks by itself: dark for half of its period, then light. Half a frame of lead keeps
// every change between two frames. Seconds.
function blink(cell) {
  if ("plain" in cell.shows) return { period: 2 ** (cell.shows.plain + 1) / fps, lead: 0.5 / fps };
  const half = 2 ** cell.shows.gray;
  return { period: (4 * half) / fps, lead: (half + 0.5) / fps };
}

function buildCells(parent, cells = CELLS) {
  return cells.map((cell) => {
    const element = document.createElement("div");
    const { column, row } = cell;
    element.style.cssText =
      `position: absolute; left: ${column * 5}%; width: 5%; top: ${(row * 100) / 9}%; height: ${100 / 9}%;` +
      ` background: ${cell.shows === true ? "#fff" : "#000"}`;
    parent.append(element);
    return element;
  });
}

function showFrame(elements, frame) {
  elements.forEach((element, index) => {
    element.style.background = isWhite(CELLS[index], frame) ? "#fff" : "#000";
  });
}
