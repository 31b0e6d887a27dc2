// What videos show is handed to the browser's compositor before a picture of the page is taken.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const media = HTMLMediaElement.prototype;
  const nativePlay = media.play;
  const setMuted = helios.accessor(media, "muted").set;
  const setStream = helios.accessor(media, "srcObject").set;
  const nativeCallback = window.HTMLVideoElement?.prototype.requestVideoFrameCallback;
  const nativeCancel = window.HTMLVideoElement?.prototype.cancelVideoFrameCallback;

  // The browser's compositor drops a picture that comes while it has yet to draw the one before, tells
  // nobody, and shows the old one as long as the video stands; scripts get the new one. Whoever asks for
  // a callback has it look at the present picture again, which it takes unless it has.
  const DRAWN = 2; // frames after which it has drawn the one before and knows of it
  const handOver = (moved) => {
    for (const element of moved) nativeCancel.call(element, nativeCallback.call(element, () => {}));
  };
  // The thread of the browser that hands over may be far behind on a busy machine, and a picture be taken
  // before it comes to it. It is one for all videos of the page, and takes what it has to do in turn: when
  // a video of ours, which shows a canvas, has its next picture, all that was asked before is done.
  const openCourier = () => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const stream = helios.captureCanvas(canvas);
    const [track] = /** @type {CanvasCaptureMediaStreamTrack[]} */ (stream.getVideoTracks());
    const video = document.createElement("video");
    setMuted.call(video, true);
    setStream.call(video, stream);
    nativePlay.call(video).catch(() => {});
    return () => new Promise((resolve) => {
      nativeCallback.call(video, resolve);
      ink.fillRect(0, 0, 1, 1);
      track.requestFrame();
    });
  };
  let courier;
  helios.presentVideos = async () => {
    // Drawn by the page's own process, which has it.
    if (helios.config.insideCanvas || shared.isReading) return;
    const moved = helios.takeMoved();
    if (!moved.length) return;
    courier ??= openCourier();
    for (let drawn = 0; drawn <= DRAWN; drawn += 1) {
      handOver(moved);
      await helios.withFrames(courier());
    }
  };
}
