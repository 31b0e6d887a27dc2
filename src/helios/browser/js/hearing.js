// The film's sound as a page reads it: window.helios.audio (docs/overlays.md). What frame n hears is a
// row of a table that was made before the film, so frames that are only lived through hear the same.
// The table may be long: of its columns, which lie in a file, a page has the rows around those it asks for.
/** @param {Stage} helios */
(helios) => {
  const { config, shared } = helios;
  const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array, b1: Uint8Array };
  const BLOCK = 2048; // frames that are read at once
  const MOST_BLOCKS = 16;
  const song = helios.song;
  delete helios.song;
  if (!song) return;

  /** @param {[number, number][]} ranges Of bytes: first, and after the last. */
  const read = (ranges) => {
    const asked = ranges.map(([from, to]) => `${from}-${to}`).join();
    let text;
    try {
      text = helios.readNow(`${config.ownFiles}song?${asked}`);
    } catch {
      throw new Error("the page cannot read the film's sound: its Content-Security-Policy needs connect-src 'self'");
    }
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at); // the low eight bits
    return bytes;
  };
  // The page's own document, the first to come, reads for its frames too, which may go.
  const readSong = shared.readSong ??= read;
  // Some columns of the frames from `start` to `stop`.
  const cut = (about, names, start, stop) => {
    const places = names.map((name) => ({ name, ...about.columns[name] }));
    const sizeOf = ({ kind, width }) => ARRAYS[kind].BYTES_PER_ELEMENT * width;
    const bytes = readSong(places.map((place) => [place.offset + start * sizeOf(place), place.offset + stop * sizeOf(place)]));
    const columns = {};
    let at = 0;
    for (const place of places) {
      const size = sizeOf(place) * (stop - start);
      columns[place.name] = new ARRAYS[place.kind](bytes.slice(at, at + size).buffer);
      at += size;
    }
    return columns;
  };
  const tableOf = (about) => {
    const names = Object.keys(about.columns);
    const { frameCount } = about;
    const blocks = new Map();
    const blockOf = (frame) => {
      const number = Math.floor(frame / BLOCK);
      const block = blocks.get(number) ?? cut(about, names, number * BLOCK, Math.min((number + 1) * BLOCK, frameCount));
      blocks.delete(number);
      blocks.set(number, block); // the last to be asked for is the last to go
      if (blocks.size > MOST_BLOCKS) blocks.delete(blocks.keys().next().value);
      return block;
    };
    const whole = {};
    for (const name of names) {
      let column = null;
      const get = () => {
        if (frameCount <= BLOCK && frameCount) column ??= blockOf(0)[name];
        column ??= frameCount ? cut(about, [name], 0, frameCount)[name] : new ARRAYS[about.columns[name].kind](0);
        return column;
      };
      Object.defineProperty(whole, name, { get, enumerable: true });
    }
    return { whole, row: (frame) => ({ block: blockOf(frame), at: frame % BLOCK }) };
  };
  // src/helios/sources/film_audio.py does the same, step by step.
  const resampled = (levels, count) => {
    const have = levels.length;
    const out = new Float64Array(count);
    for (let i = 0; i < count; i += 1) {
      if (count <= have) {
        const low = Math.floor((i * have) / count);
        const high = Math.floor(((i + 1) * have) / count);
        for (let at = low; at < high; at += 1) out[i] = Math.max(out[i], levels[at]);
      } else {
        const place = (i * (have - 1)) / (count - 1);
        const low = Math.min(Math.floor(place), have - 2);
        out[i] = levels[low] + (levels[low + 1] - levels[low]) * (place - low);
      }
    }
    return out;
  };

  const makeAudio = (about) => {
    const table = tableOf(about);
    const stems = {};
    for (const [name, stem] of Object.entries(about.stems ?? {})) stems[name] = makeAudio(stem);
    Object.freeze(stems);
    const rate = config.fpsNum / config.fpsDen;
    const { frameCount } = about;
    const value = (name, there) => {
      const { kind, width, silent } = about.columns[name];
      const column = there?.block[name];
      if (width > 1) {
        const row = there ? Array.from(column.subarray(there.at * width, (there.at + 1) * width)) : [...silent];
        return name === "levels" ? row.map((level) => level / 255) : row;
      }
      const single = there ? column[there.at] : silent;
      return kind === "b1" ? Boolean(single) : single;
    };
    const moment = (frame) => {
      const row = { frame, time: (frame * config.fpsDen) / config.fpsNum };
      const there = frame >= 0 && frame < frameCount ? table.row(frame) : null;
      for (const name of Object.keys(about.columns)) row[name] = value(name, there);
      row.sectionKind = row.section >= 0 ? about.sectionKinds[row.section] : "";
      row.spectrum = (count = row.levels.length) => resampled(row.levels, count);
      return Object.freeze(row);
    };
    let kept = null;
    const current = () => {
      const frame = Math.max(shared.frame, 0);
      if (kept?.frame !== frame) kept = moment(frame);
      return kept;
    };
    const waveform = (count, start = 0, end = null) => {
      const { amplitude } = table.whole;
      const first = start * rate;
      const last = end === null ? frameCount : end * rate;
      const edge = (i) => Math.floor(first + ((last - first) * i) / count + 1e-6);
      return Float64Array.from({ length: count }, (_, i) => {
        const low = Math.max(edge(i), 0);
        const high = Math.min(Math.max(edge(i + 1), edge(i) + 1, 0), frameCount);
        let most = 0;
        for (let at = low; at < high; at += 1) most = Math.max(most, amplitude[at]);
        return most;
      });
    };
    const audio = {
      hasSound: frameCount > 0,
      fps: rate,
      frameCount,
      bpm: about.bpm,
      beatsPerBar: about.beatsPerBar,
      bandNames: about.bandNames,
      sections: about.sections,
      song: table.whole,
      at: (time) => moment(Math.floor((time * config.fpsNum) / config.fpsDen + 1e-6)),
      waveform,
      stems,
    };
    for (const name of Object.keys(current())) {
      Object.defineProperty(audio, name, { get: () => current()[name], enumerable: true });
    }
    return audio;
  };

  const getAudio = () => {
    shared.hears = true;
    shared.audio ??= makeAudio(song());
    return shared.audio;
  };
  // Pages put an object of their own in this place; it gets the sound, too, unless it says what it is.
  const equip = (own) => {
    const isOpen = own !== null && typeof own === "object" && !("audio" in own) && Object.isExtensible(own);
    if (isOpen) Object.defineProperty(own, "audio", { get: getAudio, configurable: true });
    return own;
  };
  let page = equip({});
  Object.defineProperty(window, "helios", {
    get: () => page,
    set: (own) => { page = equip(own); },
    configurable: true,
    enumerable: false,
  });
}
