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
}
