// Chance is the film's: Mulberry32 from its seed, in documents, workers and worklets.
/** @param {Stage} helios */
(helios) => {
  let state = 0;
  const word = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  helios.beginChance = () => { state = helios.config.seed >>> 0; };
  helios.beginChance();
  Object.defineProperty(Math, "random", {
    value: function random() { return word() / 4294967296; },
    writable: true, configurable: true, enumerable: false,
  });
}
