// The film's sound as a page reads it: window.helios.audio (docs/pages.md). What frame n hears is a
// row of a table that was made before the film, so frames that are only lived through hear the same.
/** @param {Stage} helios */
(helios) => {
  const { config, shared } = helios;
  const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array, b1: Uint8Array };
  const song = helios.song;
  delete helios.song;
  if (!song) return;

  const columnsOf = (about, bytes) => {
    const columns = {};
    for (const [name, { kind, width, offset }] of Object.entries(about.columns)) {
      columns[name] = new ARRAYS[kind](bytes.buffer, offset, about.frameCount * width);
    }
    return columns;
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

  const makeAudio = (about, bytes) => {
    const columns = columnsOf(about, bytes);
    const stems = {};
    for (const [name, stem] of Object.entries(about.stems ?? {})) stems[name] = makeAudio(stem, bytes);
    Object.freeze(stems);
    const rate = config.fpsNum / config.fpsDen;
    const { frameCount } = about;
    const value = (name, frame) => {
      const { kind, width, silent } = about.columns[name];
      const column = columns[name];
      const isInside = frame >= 0 && frame < frameCount;
      if (width > 1) {
        const row = isInside ? Array.from(column.subarray(frame * width, (frame + 1) * width)) : [...silent];
        return name === "levels" ? row.map((level) => level / 255) : row;
      }
      const single = isInside ? column[frame] : silent;
      return kind === "b1" ? Boolean(single) : single;
    };
    const moment = (frame) => {
      const row = { frame, time: (frame * config.fpsDen) / config.fpsNum };
      for (const name of Object.keys(about.columns)) row[name] = value(name, frame);
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
      const first = start * rate;
      const last = end === null ? frameCount : end * rate;
      const edge = (i) => Math.floor(first + ((last - first) * i) / count + 1e-6);
      return Float64Array.from({ length: count }, (_, i) => {
        const low = Math.max(edge(i), 0);
        const high = Math.min(Math.max(edge(i + 1), edge(i) + 1, 0), frameCount);
        let most = 0;
        for (let at = low; at < high; at += 1) most = Math.max(most, columns.amplitude[at]);
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
      song: columns,
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
    if (!shared.audio) {
      const { about, data } = song();
      const bytes = data ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : new Uint8Array(0);
      shared.audio = makeAudio(about, bytes);
    }
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
