// A page of the film in a frame of the studio, in the browser of who looks at it. What Python does over the
// browser's protocol where a page is rendered (page.py, loading.py, events.py), this does here: it lets the stage
// begin before the page's own scripts, waits until the page is ready, and has it live up to the frame that is asked
// for over a port, which the document around it hands in.
(() => {
  const about = /** @type {{ around: string, flags: string[], pixelRatio: number }} */ (/** @type {unknown} */ ({/*about*/}));
  const PATIENCE_MS = 30_000;
  const REPLAY_MS = 100; // after which it looks whether another frame is wanted meanwhile
  /** @type {Promise<MessagePort>} */
  const handed = new Promise((resolve) => {
    addEventListener("message", function take(event) {
      if (event.origin !== about.around || event.source !== parent || !event.ports.length) return;
      event.stopImmediatePropagation();
      removeEventListener("message", take, true);
      resolve(event.ports[0]);
    }, true);
  });
  const loaded = new Promise((resolve) => { addEventListener("load", resolve, { once: true }); });
  /** @type {string[]} */
  const told = [];
  let sendLine = (/** @type {string} */ line) => { told.push(line); };
  const ours = document.currentScript;
  Object.defineProperty(window, "__helios_tell__", {
    value: (/** @type {string} */ text) => {
      const [kind, ...words] = text.split(" ");
      if (kind === "animations") stage().innerAdopted();
      if (kind === "lost") sendLine(`error: ${words[1]} did not come`);
    },
  });
  /** @type {() => Stage} */
  const stage = () => /** @type {any} */ (window).__helios_stage__;
  /*stage*/
  ours?.remove();
  const helios = stage();
  const { native, shared } = helios;
  const flags = /** @type {any} */ (shared);
  for (const flag of about.flags) flags[flag] = true;
  helios.defineGetter(window, "devicePixelRatio", () => about.pixelRatio);
  // What styles animate while the page loads begins with the film.
  const hold = () => {
    if (shared.frame >= 0) return;
    helios.scanAnimations();
    native.requestAnimationFrame(hold);
  };
  hold();
  if (parent === window || !helios.isRoot) return;

  const known = /** @type {any} */ (console);
  for (const kind of ["log", "info", "debug", "warn", "error"]) {
    const say = known[kind];
    known[kind] = (/** @type {unknown[]} */ ...words) => {
      sendLine(`${kind === "warn" ? "warning" : kind}: ${words.map(String).join(" ")}`);
      return say.apply(console, words);
    };
  }
  /** @type {Set<string>} */
  const refused = new Set();
  // A page may catch what comes of it, and say nothing.
  addEventListener("securitypolicyviolation", ({ blockedURI: url, disposition }) => {
    if (disposition !== "enforce" || !/^(https?|wss?):/.test(url) || refused.has(url)) return;
    refused.add(url);
    sendLine(`warning: ${url} was refused: the studio may be started with --allow-host ${new URL(url).host}`);
  });
  addEventListener("error", ({ message }) => { if (message) sendLine(`error: ${message}`); });
  addEventListener("unhandledrejection", ({ reason }) => sendLine(`error: ${reason}`));

  const live = async () => {
    const port = await handed;
    const say = (/** @type {object} */ message) => native.postMessage.call(port, message);
    sendLine = (line) => say({ line });
    told.forEach(sendLine);
    /** The frame that it is ready to step to, and the one that is wanted. */
    let [position, wanted] = [0, -1];
    let isAtWork = false;
    const goOn = async () => {
      if (isAtWork) return;
      isAtWork = true;
      while (wanted >= 0) {
        const frame = wanted;
        const says = (await helios.looks(frame, frame + 1)) !== null;
        // Time goes one way: what lies behind it, another document has to live up to.
        if (frame < position - 1 && !says) wanted = -1;
        if (wanted < 0) break;
        if (!says && position < frame) position = await helios.replay(position, frame, REPLAY_MS);
        if (!says && position < frame) {
          say({ at: position });
          continue;
        }
        if (frame !== position - 1) await helios.step(frame);
        position = frame + 1;
        await helios.nativeFrame();
        if (wanted === frame) wanted = -1;
        say({ at: position, shown: frame });
      }
      isAtWork = false;
    };
    const failed = (/** @type {unknown} */ error) => say({ failed: String(error) });
    port.onmessage = ({ data }) => {
      if (data.asks) {
        say({ answers: true });
        return;
      }
      wanted = data.frame;
      goOn().catch(failed);
    };
    try {
      await loaded;
      const modules = [...document.querySelectorAll("script[type=module][src]")]
        .map((script) => /** @type {HTMLScriptElement} */ (script).src);
      const missing = await helios.ready(PATIENCE_MS, modules);
      if (missing.length) failed(`it waits for ${missing.join(", ")}`);
      else say({ at: 0 });
    } catch (error) {
      failed(error);
    }
  };
  live();
})();
