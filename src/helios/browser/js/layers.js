// No box has a layer of its own because it is animated or said to change: of such a layer the browser
// keeps how it was first drawn (its scale, its place between pixels), so that a picture would depend
// on the frames that were drawn before it. Nothing but the root's own `will-change` changes by this.
/** @param {Stage} helios */
(helios) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":root { will-change: contents !important }");
  helios.refuseLayers = () => {
    const there = document.adoptedStyleSheets;
    if (!there.includes(sheet)) there.push(sheet);
  };
  // While the page loads, too: one in what lies over all else ends the process of a page in a canvas.
  helios.refuseLayers();
}
