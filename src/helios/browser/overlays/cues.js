// Lines of words with their times, for the pages that show them.
"use strict";
const EPSILON_S = 1e-6; // n/fps and a cue's decimal differ in the last bits
const cuesOf = (lines) => {
  if (!Array.isArray(lines)) throw new Error("the prop lines: write a list, as `helios captions` does");
  return lines.map((line, i) => {
    const words = line?.words ?? [{ start: line?.start, end: line?.end, text: line?.text }];
    const cue = { ...line, words, start: line?.start ?? words[0]?.start, end: line?.end ?? words.at(-1)?.end };
    if (![cue.start, cue.end].every(Number.isFinite)) throw new Error(`the prop lines: line ${i + 1} has no start and end in seconds`);
    return cue;
  }).toSorted((a, b) => a.start - b.start);
};
// How many have begun.
const begun = (cues, time) => {
  let [low, high] = [0, cues.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cues[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low;
};
// A line's words in `element`, each in a span of its own.
const spell = (element, cue) => {
  element.dir = "auto";
  const spans = (cue?.words ?? []).map((word, i) => {
    const span = document.createElement("span");
    const isJoined = i === 0 || /^\s/.test(word.text) || /\s$/.test(cue.words[i - 1].text);
    span.textContent = (isJoined || cue.joined ? "" : " ") + (word.text ?? "");
    return span;
  });
  element.replaceChildren(...spans);
  return spans;
};
// Each word as sung, now or later.
const statesOf = (cue, time) => cue.words.map((word, i) => {
  const end = word.end ?? cue.words[i + 1]?.start ?? cue.end;
  return time < word.start ? "later" : time < end ? "now" : "sung";
});
const mark = (spans, cue, time) => {
  statesOf(cue, time).forEach((state, i) => {
    if (spans[i].className !== state) spans[i].className = state;
  });
};
