// Draws the whole page into a canvas of the document around it, and reads that (HTML-in-Canvas).
(helios) => {
  const { config } = helios;
  const CANVAS = "helios-canvas";
  const PAGE = "helios-page";
  // The stage of the composition itself: this document's, or that of the page inside the canvas.
  Object.defineProperty(helios, "main", {
    get: () => document.getElementById(PAGE)?.contentWindow?.__helios_stage__ ?? helios,
  });
  const around = config.insideCanvas && window.parent !== window ? window.parent.document : null;
  if (!around) return;
  const frame = window.frameElement;
  if (frame?.id === PAGE) {
    // Pages ask these to find out whether they are embedded.
    helios.define(window, "parent", window);
    helios.defineGetter(window, "frameElement", () => null);
  }

  // Only the first canvas of a paint chunk would be drawn; this gives each a chunk of its own.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("canvas { contain: paint !important }");
  helios.containCanvases = () => {
    for (const scope of [document, ...helios.shadowRoots]) {
      if (!scope.adoptedStyleSheets.includes(sheet)) scope.adoptedStyleSheets.push(sheet);
    }
  };

  helios.openPaint = () => {
    const canvas = around.getElementById(CANVAS);
    const ink = canvas.getContext("2d", { alpha: config.transparent });
    const draw = ink.drawElementImage ?? ink.drawElement ?? ink.drawHTMLElement;
    if (!draw || !canvas.requestPaint) return false;
    let wake = null;
    let failure = null;
    canvas.addEventListener("paint", () => {
      if (!wake) return;
      try {
        ink.fillStyle = "#fff";
        if (config.transparent) ink.clearRect(0, 0, canvas.width, canvas.height);
        else ink.fillRect(0, 0, canvas.width, canvas.height);
        draw.call(ink, frame, 0, 0);
      } catch (error) {
        failure = error;
      }
      wake();
    });
    helios.paint = async () => {
      for (const each of helios.shared.documents) each.containCanvases?.();
      const painted = new Promise((resolve) => { wake = resolve; });
      canvas.requestPaint();
      if (config.drawsOnCommand) helios.tell("frame wanted");
      await painted;
      wake = null;
      if (failure) throw new Error(`HeliosCapture:the page cannot be drawn into a canvas (${failure})`);
    };
    helios.read = (number, slot) =>
      helios.sink.picture(number, slot, new VideoFrame(canvas, { timestamp: 0 }));
    return true;
  };
}
