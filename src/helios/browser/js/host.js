// The document around a page that is drawn into a canvas is ours, and stands still. It stays in its tab when
// another page follows, and with it the canvas and the worker that fills the ring.
/** @param {StageHost} host */
(host) => {
  const PAGE = "helios-page"; // in paint_host.html
  const CANVAS = "helios-canvas";
  const page = () => /** @type {HTMLIFrameElement | null} */ (document.getElementById(PAGE));
  Object.defineProperty(host, "main", {
    get() {
      const stage = page()?.contentWindow?.__helios_stage__;
      if (stage) return stage;
      throw new (class HeliosPageLeft extends Error {})("the page has left");
    },
  });
  const bare = (element) => element.outerHTML.replaceAll(/\s/g, ""); // some is still to be read
  // What a page has changed out here, which few reach for, the next one must not find; and nothing makes
  // a history as long as it was.
  const look = () => {
    const names = Reflect.ownKeys(window).filter((name) => Number.isNaN(Number(String(name))));
    return [history.length, ...names.map(String), bare(document.documentElement)].join();
  };
  let untouched = "";
  /** @type {Element | null} As it was before it loaded anything. */
  let empty = null;
  host.begin = () => {
    const frame = /** @type {HTMLIFrameElement} */ (page());
    host.canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(CANVAS));
    host.canvas.addEventListener("paint", () => host.painted?.());
    empty = /** @type {Element} */ (frame.cloneNode());
    untouched = look().replace(bare(frame), "");
  };
  host.leave = () => {
    page()?.remove();
    host.painted = undefined;
    window.name = "";
    window.focus(); // something in the page may have had it
    return look() === untouched;
  };
  host.show = () => {
    const frame = /** @type {Element} */ (empty?.cloneNode());
    const loaded = new Promise((resolve) => { frame.addEventListener("load", () => resolve(null)); });
    host.canvas.append(frame);
    return loaded;
  };
}
