"use strict";
function toFrame(milliseconds) {
  return Math.round((milliseconds * fps) / 1000);
}
