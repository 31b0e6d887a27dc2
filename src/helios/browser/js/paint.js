// Draws the whole page into a canvas of the document around it, and reads that (HTML-in-Canvas).
/** @param {Stage} helios */
(helios) => {
  const { config } = helios;
  const CANVAS = "helios-canvas";
  const PAGE = "helios-page";
  // The stage of the composition itself: this document's, or that of the page inside the canvas.
  Object.defineProperty(helios, "main", {
    get: () => /** @type {HTMLIFrameElement | null} */ (document.getElementById(PAGE))?.contentWindow?.__helios_stage__ ?? helios,
  });
  // Whether this is the composition's own document, not one that it shows or that shows it.
  helios.isPage = !config.insideCanvas && window === window.top;
  const outside = () => {
    try {
      return window.parent.document;
    } catch {
      return null; // of another origin
    }
  };
  const around = config.insideCanvas && window.parent !== window ? outside() : null;
  if (!around) return;
  const frame = window.frameElement;
  if (frame?.id === PAGE) {
    helios.isPage = true;
    // Pages ask these to find out whether they are embedded.
    helios.define(window, "parent", window);
    helios.defineGetter(window, "frameElement", () => null);
  }

  // Only the first canvas of a paint chunk would be drawn. This gives each of several a chunk of its own
  // and, other than most that does, no stacking context: what lies over it stays over it. Chromium does
  // not bear it within an effect, nor does a canvas show its back any more: another method takes over.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("canvas { backface-visibility: hidden !important }");
  const ofDocument = document.getElementsByTagName("canvas");
  const styles = new WeakMap();
  const styleOf = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };
  const isTurned = ({ transform, rotate }) => transform.startsWith("matrix3d") || /[xyz]|( .*){3}/.test(rotate);
  const hasEffect = (style) =>
    style.opacity !== "1" || style.filter !== "none" || style.backdropFilter !== "none"
    || style.mixBlendMode !== "normal" || style.maskImage !== "none" || style.webkitBoxReflect !== "none"
    || style.clipPath !== "none" || style.viewTransitionName !== "none";
  const isWithinEffect = (element) => {
    for (const item of helios.lineOf(element)) if (hasEffect(styleOf(item))) return true;
    const { frameElement } = element.ownerDocument.defaultView;
    return Boolean(frameElement) && isWithinEffect(frameElement);
  };
  const reasonAgainst = (canvas) => {
    if (isTurned(styleOf(canvas))) return "one of several canvases is turned in space";
    return isWithinEffect(canvas) ? "one of several canvases is shown with effects" : null;
  };
  // Says why the canvases of this document cannot be drawn so, if they cannot.
  helios.partCanvases = () => {
    const inShadow = [...helios.shadowRoots].flatMap((root) => [...root.querySelectorAll("canvas")]);
    const canvases = ofDocument.length + inShadow.length < 2 ? [] : [...ofDocument, ...inShadow];
    let reason = null;
    for (const canvas of canvases) reason ??= reasonAgainst(canvas);
    sheet.disabled = !canvases.length || Boolean(reason);
    for (const scope of [document, ...helios.shadowRoots]) {
      if (!scope.adoptedStyleSheets.includes(sheet)) scope.adoptedStyleSheets.push(sheet);
    }
    return reason;
  };

  // A page is drawn within a layer: one as large as the picture would be new memory every frame,
  // which takes longer than most pages do. Sizes are multiples of the 8 pixels that dithering repeats
  // after, and much alike, so that memory is used again.
  const TILE = { width: 384, height: 360 };
  const parts = (whole, most) => {
    const size = Math.ceil(whole / Math.ceil(whole / most) / 8) * 8;
    return Array.from({ length: Math.ceil(whole / size) }, (_, index) => [index * size, size]);
  };
  const tilesOf = ({ width, height }) =>
    parts(height, TILE.height).flatMap(([y, rows]) =>
      parts(width, TILE.width).map(([x, columns]) => [x, y, columns, rows]));

  const refusal = (error) =>
    new helios.NotCaptured(`the page cannot be drawn into a canvas (${error})`);
  helios.openPaint = (inTiles) => {
    const canvas = /** @type {HTMLCanvasElement} */ (around.getElementById(CANVAS));
    const { prototype } = around.defaultView.CanvasRenderingContext2D;
    const draws = ["drawElementImage", "drawElement", "drawHTMLElement"].find((name) => name in prototype);
    if (!draws || !canvas.requestPaint) return false;
    const tiles = inTiles ? tilesOf(canvas) : [[0, 0, canvas.width, canvas.height]];
    let ink = null;
    const drawHere = () => {
      ink ??= canvas.getContext("2d", { alpha: config.transparent });
      ink.fillStyle = "#fff";
      if (config.transparent) ink.clearRect(0, 0, canvas.width, canvas.height);
      else ink.fillRect(0, 0, canvas.width, canvas.height);
      for (const tile of tiles) {
        ink.save();
        ink.beginPath();
        ink.rect(...tile);
        ink.clip();
        ink[draws](frame, 0, 0);
        ink.restore();
      }
      return () => new VideoFrame(canvas, { timestamp: 0 });
    };
    /** @type {() => any} */
    let take = drawHere;
    let wake = null;
    canvas.addEventListener("paint", () => {
      if (!wake) return;
      try {
        wake({ taken: take() });
      } catch (error) {
        wake({ error });
      }
    });
    /** @type {any} A function that makes a picture of what was painted, or what is to be drawn. */
    let taken = null;
    helios.paint = async () => {
      const painted = new Promise((resolve) => { wake = resolve; });
      canvas.requestPaint();
      if (config.drawsOnCommand) helios.tell("frame wanted");
      const result = await painted;
      wake = null;
      if (result.error) throw refusal(result.error);
      taken = result.taken;
    };
    helios.read = (number, slot) => helios.sink.picture(number, slot, taken());
    // Turning what was painted into pixels is most of the work: let the worker that writes the
    // file do it, while the next step runs here.
    helios.paintAside = async () => {
      const offscreen = around.defaultView.OffscreenCanvasRenderingContext2D?.prototype;
      if (!canvas.captureElementImage || !offscreen?.drawElementImage) return false;
      await helios.sink.takeSurface(helios.nativeTransfer(canvas), tiles);
      take = () => canvas.captureElementImage(frame);
      helios.read = (number, slot) =>
        helios.sink.element(number, slot, taken).catch((error) => { throw refusal(error); });
      return true;
    };
    return true;
  };
}
