// What a canvas hands to a `<video>` (`captureStream`): a browser takes pictures of it by the machine's
// time, so the stream is of a canvas of ours, which gets each picture of theirs in the frame it is of.
/** @param {Stage} helios */
(helios) => {
  const { shared, define, defineGetter } = helios;
  const NUDGE_MS = 1e-5;
  const canvasClass = HTMLCanvasElement.prototype;
  const capture = canvasClass.captureStream;
  if (!capture || !window.CanvasCaptureMediaStreamTrack) return;
  helios.captureCanvas = (canvas) => capture.call(canvas, 0);
  const trackClass = CanvasCaptureMediaStreamTrack.prototype;
  const { requestFrame } = trackClass;
  const canvasOf = helios.accessor(trackClass, "canvas").get;
  const streams = new Map(); // by their tracks

  const take = (track, { source, ink }) => {
    const { canvas } = ink;
    if (!source.width || !source.height) return;
    if (canvas.width !== source.width) canvas.width = source.width;
    if (canvas.height !== source.height) canvas.height = source.height;
    ink.clearRect(0, 0, canvas.width, canvas.height);
    ink.drawImage(source, 0, 0);
    requestFrame.call(track);
  };
  define(canvasClass, "captureStream", function captureStream(rate = Infinity) {
    const copy = document.createElement("canvas");
    const ink = /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d"));
    if (this.width && this.height) ink.drawImage(this, 0, 0); // one that may not be read spoils the copy
    const made = capture.call(copy, Math.min(0, rate));
    const [track] = made.getVideoTracks();
    streams.set(track, { source: this, ink, between_ms: 1000 / rate, next: shared.now, isWanted: false });
    // Loading waits for a first picture, which theirs may have in the first frame only.
    take(track, streams.get(track));
    return made;
  });
  define(trackClass, "requestFrame", function () {
    const stream = streams.get(this);
    if (stream) stream.isWanted = true;
    else requestFrame.call(this);
  });
  defineGetter(trackClass, "canvas", function () {
    return streams.get(this)?.source ?? canvasOf.call(this);
  });

  const tracksOf = (stream) => (stream instanceof MediaStream ? stream.getVideoTracks() : []);
  helios.showsCanvas = (stream) => tracksOf(stream).some((track) => streams.has(track));
  // What WebGL has drawn is gone once the browser has had it, so it is taken in the task that drew.
  const isGl = ({ source }) => Boolean(helios.contextOf(source)?.kind.includes("webgl"));
  const isDue = ({ next, isWanted }) => isWanted || next <= shared.now + NUDGE_MS;
  helios.takeCanvases = (ofGl) => {
    for (const [track, stream] of streams) {
      if (track.readyState === "ended") streams.delete(track);
      else if (isGl(stream) === ofGl && isDue(stream)) {
        stream.next = Math.max(stream.next + stream.between_ms, shared.now);
        stream.isWanted = false;
        take(track, stream);
        helios.showCanvas(track);
      }
    }
  };
}
