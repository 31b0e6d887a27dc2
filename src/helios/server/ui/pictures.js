// Frames of a film as the server draws them: asked for, read while they come, and given up.

import { call, Lost } from "./api.js";
import { sentences } from "./element.js";

const VIEWER = crypto.getRandomValues(new Uint32Array(2)).join("-");

/**
 * Pictures of a film, each as soon as it is there.
 *
 * `onPicture` hears `{ frame, totalFrames, fps, width, height, blob }`, in order.
 */
export async function pictures(config, range, signal, onPicture) {
  const { startFrame, frameCount = 1, step = 1, side, encoding = "jpeg" } = range;
  const body = JSON.stringify({ config, startFrame, frameCount, step, side, encoding, viewer: VIEWER });
  const headers = { "content-type": "application/json" };
  const reply = await call("/api/preview/pictures", { method: "POST", headers, body, signal });
  if (reply.status === 204 || !reply.body) return;
  const reader = new Reader(reply.body.getReader());
  for (let head = await reader.take(8); head; head = await reader.take(8)) {
    const sizes = new DataView(head.buffer, head.byteOffset, 8);
    const about = JSON.parse(new TextDecoder().decode(await reader.demand(sizes.getUint32(0, true))));
    if (about.error) throw new Error(sentences(about.error, about.hint));
    const image = await reader.demand(sizes.getUint32(4, true));
    await onPicture({ ...about, blob: new Blob([image], { type: `image/${encoding}` }) });
  }
}

/** Takes as many bytes as are wanted from a stream of pieces. */
class Reader {
  constructor(stream) {
    this.stream = stream;
    this.pieces = [];
    this.held = 0;
  }

  /** So many bytes; null where the stream ends. */
  async take(count) {
    while (this.held < count) {
      const { done, value } = await this.stream.read().catch(lost);
      if (done) return null;
      this.pieces.push(value);
      this.held += value.length;
    }
    const taken = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const piece = this.pieces[0];
      const part = piece.subarray(0, count - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === piece.length) this.pieces.shift();
      else this.pieces[0] = piece.subarray(part.length);
    }
    this.held -= count;
    return taken;
  }

  /** So many bytes that have to be there. */
  async demand(count) {
    const taken = await this.take(count);
    if (!taken) throw new Lost(null, "The picture was cut off on its way.");
    return taken;
  }
}

/** The browser's own words ("network error") say nothing of what to do. */
function lost(error) {
  throw error.name === "AbortError" ? error : new Lost(error);
}
