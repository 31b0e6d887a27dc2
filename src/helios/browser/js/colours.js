// A film is sRGB, and so is what canvases draw in: of a wider space a browser without a GPU shows the
// numbers as they are, and a canvas is read so. What is wider is cut off as the film would.
/** @param {Stage} helios */
(helios) => {
  for (const owner of [window.HTMLCanvasElement, window.OffscreenCanvas]) {
    if (!owner) continue;
    const nativeGet = owner.prototype.getContext;
    helios.define(owner.prototype, "getContext", function getContext(kind, attributes) {
      const isWide = kind === "2d" && attributes?.colorSpace;
      return nativeGet.call(this, kind, isWide ? { ...attributes, colorSpace: "srgb" } : attributes);
    });
  }
  // Of WebGL only the numbers are known, so these are taken for the film's, however they are shown.
  const SPACES = ["srgb", "display-p3"];
  for (const owner of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
    if (!owner || !("drawingBufferColorSpace" in owner.prototype)) continue;
    const said = new WeakMap();
    Object.defineProperty(owner.prototype, "drawingBufferColorSpace", {
      configurable: true,
      enumerable: true,
      get() { return said.get(this) ?? "srgb"; },
      set(space) { if (SPACES.includes(space)) said.set(this, space); },
    });
  }
}
