// What would make a film wrong without anybody being told.
(helios) => {
  const { shared } = helios;
  const GENERIC = /^(serif|sans-serif|monospace|cursive|fantasy|system-ui|ui-[\w-]+|math|emoji|fangsong|-apple-system|blinkmacsystemfont)$/i;
  const DEFAULT = '"Times New Roman"';
  const SAMPLE = "mmmMMwwiillGQ0O&@";
  const MAX_ELEMENTS = 3000;

  shared.drawn ??= new Set();
  const nativeGet = HTMLCanvasElement.prototype.getContext;
  helios.define(HTMLCanvasElement.prototype, "getContext", function getContext(kind, ...rest) {
    const context = nativeGet.call(this, kind, ...rest);
    if (context?.isContextLost) shared.drawn.add(new WeakRef(context));
    return context;
  });
  const checkContexts = () => {
    for (const reference of shared.drawn) {
      const context = reference.deref();
      if (!context) shared.drawn.delete(reference);
      // Libraries give contexts up on purpose when they take a canvas away.
      else if (context.isContextLost() && context.canvas.isConnected) {
        const kind = context.drawImage ? "2d" : "WebGL";
        throw new Error(`HeliosCapture:a canvas lost its ${kind} context; what it showed is gone`);
      }
    }
  };
  const { tick } = helios;
  helios.tick = async (frame) => {
    await tick(frame);
    checkContexts();
  };

  // Names of fonts of which the page gets none, so that its text is set in another.
  helios.missingFonts = () => {
    const ink = nativeGet.call(document.createElement("canvas"), "2d");
    const width = (font) => {
      ink.font = `72px ${font}`;
      return ink.measureText(SAMPLE).width;
    };
    const isThere = (name) =>
      ["monospace", "serif"].some((other) => width(`${name}, ${other}`) !== width(other));
    const families = new Set();
    let count = 0;
    for (const element of document.querySelectorAll("body, body *")) {
      if ((count += 1) > MAX_ELEMENTS) break;
      const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (hasText) families.add(getComputedStyle(element).fontFamily);
    }
    families.delete(DEFAULT);
    const missing = [];
    for (const family of families) {
      const names = [...family.matchAll(/"[^"]*"|'[^']*'|[^,]+/g)].map(([name]) => name.trim());
      if (!names.length || names.some((name) => GENERIC.test(name) && name === names[0])) continue;
      const named = names.filter((name) => !GENERIC.test(name));
      if (!named.some(isThere)) missing.push(named.map((name) => name.replaceAll(/["']/g, "")).join(", "));
    }
    return missing;
  };
}
