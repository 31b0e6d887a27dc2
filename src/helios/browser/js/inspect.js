// What is asked of a page once, while it is inspected.
/** @param {Stage} helios */
(helios) => {
  helios.renderer = () => {
    const gl = document.createElement("canvas").getContext("webgl");
    if (!gl) return "";
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    return gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  };

  // Two pages of which this is equal differ in their words alone, and these are of like letters.
  const MOST_ELEMENTS = 200;
  const HAS_MORE = /^(canvas|video|audio|iframe|frame|object|embed|input|textarea|select|meter|progress|marquee)$/;
  // What follows from how long words are. Of a transform, only where it moves to does.
  const OF_SIZE = /^(width|height|(inline|block)-size|top|right|bottom|left|(inset|margin|padding)-.*|(transform|perspective)-origin|grid-template-(columns|rows))$/;
  const MOVES = /^(matrix\(.*),[^,]*,[^,]*\)$/;
  /** @type {string[] | null} */
  let names = null; // the same for all elements
  const styleOf = (style) => {
    names ??= [...style].filter((name) => !OF_SIZE.test(name));
    return names.map((name) => {
      const value = style.getPropertyValue(name);
      return name === "transform" ? value.replace(MOVES, "$1") : value;
    });
  };
  const kindsOf = (text) => {
    const kinds = new Set();
    for (const letter of text) {
      const code = /** @type {number} */ (letter.codePointAt(0));
      // Latin, with its punctuation, is one kind.
      if (letter.trim()) kinds.add(code < 0x250 || (code >= 0x2010 && code < 0x2030) ? 0 : code >> 7);
    }
    return [...kinds].toSorted();
  };
  const treeOf = (element) => {
    const attributes = [...element.attributes].map(({ name, value }) => [name, value]);
    const style = getComputedStyle(element);
    const words = [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.data : "")).join("");
    const tree = [element.localName, attributes, kindsOf(words)];
    if (style.display === "none") return tree;
    tree.push(styleOf(style));
    for (const pseudo of ["::before", "::after", "::marker"]) {
      const own = getComputedStyle(element, pseudo);
      if (own.content !== "none" && own.content !== "normal") tree.push(pseudo, styleOf(own));
    }
    return tree;
  };
  helios.likeness = () => {
    const isAnother = (each) => each !== helios && each.isAlive();
    const { shared } = helios;
    const isMore = [...shared.documents].some(isAnother) || shared.workersMade || shared.usesGl || shared.hears
      || shared.media?.size || shared.playedContexts?.length || shared.spoilt;
    if (isMore || helios.sortsInDepth()) return null;
    const elements = [document, ...helios.shadowRoots].flatMap((scope) => [...scope.querySelectorAll("*")]);
    if (elements.length > MOST_ELEMENTS || elements.some(({ localName }) => HAS_MORE.test(localName))) return null;
    return JSON.stringify([document.compatMode, elements.map(treeOf)]);
  };
}
