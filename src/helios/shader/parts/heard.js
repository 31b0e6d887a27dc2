// What the song does in a frame, as uniforms.
/** @param {any} helpers */
({ config }) => {
  if (!window.helios) return () => [];
  const { audio } = window.helios;
  const RESTING_S = 20; // an act without a song
  const step = config.fpsDen / config.fpsNum;
  // Seconds that pass faster the louder a level is: what moves with it never jumps.
  const lived = {};
  for (const name of ["amplitude", "bass", "mid", "high"]) {
    let sum = 0;
    lived[name] = Float64Array.from(audio.song[name], (level) => { sum += level * step; return sum - level * step; });
  }
  const livedAt = (name, frame) => {
    const column = lived[name];
    if (frame < column.length) return column[frame];
    return column.length ? column.at(-1) : 0;
  };
  return (frame) => {
    const now = audio;
    const resting = frame >= audio.song.act.length, rested = (frame * step) / RESTING_S;
    return [
      ["iAmplitude", now.amplitude], ["iBass", now.bass], ["iMid", now.mid], ["iHigh", now.high],
      ["iEnergy", now.energy], ["iOnset", now.onset], ["iBeat", Number(now.isBeat)],
      ["iBeatPhase", now.beatPhase], ["iBeatIndex", now.beatIndex], ["iBar", now.bar],
      ["iBeatInBar", now.beatInBar], ["iBpm", now.bpm ?? 0], ["iSection", now.section],
      ["iSectionProgress", now.sectionProgress],
      ["iAct", resting ? Math.floor(rested) : now.act],
      ["iActInSection", resting ? Math.floor(rested) : now.actInSection],
      ["iActProgress", resting ? rested % 1 : now.actProgress],
      ["iBuild", now.sectionKind === "build" ? now.sectionProgress : 0],
      ["iDrop", Number(now.sectionKind === "drop")],
      ["iLoudness", now.loudness], ["iCentroid", now.centroid], ["iFlatness", now.flatness], ["iWidth", now.width],
      ["iAmplitudeTime", livedAt("amplitude", frame)], ["iBassTime", livedAt("bass", frame)],
      ["iMidTime", livedAt("mid", frame)], ["iHighTime", livedAt("high", frame)],
      ["iBands", now.bands], ["iEnvelopes", now.envelopes], ["iSpectrum", now.levels],
    ];
  };
}
