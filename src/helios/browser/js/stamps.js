// How finely a media file counts time, and how long its pictures last: read from its head. A file is read
// part by part: `part(from, length)` gives bytes.
/** @param {Stage} helios */
(helios) => {
  const text = (bytes) => new TextDecoder("latin1").decode(bytes);
  const RATES = [24, 25, 30, 48, 50, 60, 120].flatMap((rate) => [rate, (rate * 1000) / 1001]);
  const COARSE_S = 1e-4;
  const partOf = async (url, from, length) => {
    const headers = { Range: `bytes=${from}-${from + length - 1}` };
    const answer = await helios.nativeFetch(url, { headers });
    if (!answer.ok) throw new Error(String(answer.status));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return answer.status === 206 ? bytes : bytes.subarray(from, from + length);
  };
  const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

  const readMp4 = async (part) => {
    for (let at = 0; ;) {
      const head = view(await part(at, 16));
      const [short, long] = [head.getUint32(0), head.byteLength === 16 ? Number(head.getBigUint64(8)) : 0];
      const size = short === 1 ? long : short;
      if (size < 8) return null;
      if (head.getUint32(4) !== 0x6d6f6f76) { at += size; continue; } // not moov
      const moov = await part(at, size);
      const words = text(moov);
      for (const track of words.split("trak").slice(1)) {
        if (!/hdlr[^]{8}vide/.test(track)) continue;
        const start = words.indexOf(track);
        const mdhd = start + track.indexOf("mdhd") + 4;
        const fields = view(moov);
        const isLong = fields.getUint8(mdhd) === 1;
        const scale = fields.getUint32(mdhd + (isLong ? 20 : 12));
        const count = isLong ? Number(fields.getBigUint64(mdhd + 24)) : fields.getUint32(mdhd + 16);
        const stsz = start + track.indexOf("stsz") + 4;
        return { tick: 1 / scale, length: count / scale, frames: fields.getUint32(stsz + 8) };
      }
      return null;
    }
  };
  const HEAD = 1 << 16;
  const readWebm = async (part) => {
    const bytes = await part(0, HEAD);
    const words = text(bytes);
    const fields = view(bytes);
    const find = (id) => {
      const at = words.indexOf(id);
      if (at < 0) return null;
      const from = at + id.length;
      return { from: from + 1, size: fields.getUint8(from) & 0x7f };
    };
    const whole = (found) => {
      let value = 0;
      for (let i = 0; i < found.size; i += 1) value = value * 256 + fields.getUint8(found.from + i);
      return value;
    };
    const scale = find("\x2a\xd7\xb1");
    const tick = (scale ? whole(scale) : 1e6) / 1e9;
    const span = find("\x44\x89");
    const each = find("\x23\xe3\x83");
    if (!span) return { tick };
    const length = (span.size === 8 ? fields.getFloat64(span.from) : fields.getFloat32(span.from)) * tick;
    return { tick, length, frames: each ? Math.round(length / (whole(each) / 1e9)) : 0 };
  };

  // A file that counts in milliseconds rounds its length too, and a loop would drift.
  /** @param {{ tick: number, length?: number, frames?: number }} found */
  const unrounded = ({ tick, length, frames }) => {
    if (!length || !frames || tick < COARSE_S) return { tick, length };
    const near = RATES.map((rate) => frames / rate).filter((each) => Math.abs(each - length) <= tick);
    return { tick, length: near.length === 1 ? near[0] : length };
  };
  const known = new Map();
  const read = async (part) => {
    const start = await part(0, 12);
    const found = start[0] === 0x1a && start[1] === 0x45 ? await readWebm(part)
      : /ftyp|moov/.test(text(start.subarray(4, 8))) ? await readMp4(part) : null;
    return found && unrounded(found);
  };
  // {tick, length} in seconds, or null where the bytes do not tell.
  helios.stampsIn = (part) => read(part).catch(() => null);
  helios.stampsOf = (url) => {
    if (!known.has(url)) known.set(url, helios.stampsIn((from, length) => partOf(url, from, length)));
    return known.get(url);
  };
}
