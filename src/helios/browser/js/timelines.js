// Time lines that pages leave to be driven from outside, as they do for other renderers.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const ROOT = "[data-composition-id]";
  const number = (value) => {
    const text = (value ?? "").trim();
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
  };
  // Of what is still to be seen; some libraries take exactly 0 for "not moved yet".
  const FIRST_S = 1e-6;
  const seek = (line, time_s) => {
    const at = Math.max(time_s, FIRST_S);
    line.pause?.();
    if (typeof line.totalTime === "function") line.totalTime(at, false);
    else if (typeof line.seek === "function") line.seek(at);
    else line.time?.(at);
  };

  // HyperFrames: where a clip lies says its markup, in seconds or from the end of another clip.
  const owner = (element) => element.parentElement?.closest(`${ROOT}, [data-composition-src]`) ?? null;
  const line = (element) => window.__timelines?.[element.dataset.compositionId];
  const lengthOf = (element) => {
    const said = number(element.dataset.duration);
    if (said !== null) return said;
    const rate = number(element.dataset.playbackRate) ?? 1;
    if (element instanceof HTMLMediaElement && element.duration > 0) {
      return (element.duration - skipped(element)) / rate;
    }
    return line(element)?.duration?.() ?? Infinity;
  };
  const skipped = ({ dataset }) => number(dataset.playbackStart) ?? number(dataset.mediaStart) ?? 0;
  const startIn = (element, seen = new Set()) => {
    const said = (element.dataset.start ?? "").trim();
    if (number(said) !== null) return number(said);
    const [, id, sign, gap] = /^(\S+?)(?:\s*([+-])\s*([\d.]+))?$/.exec(said) ?? [];
    const other = id && document.getElementById(id);
    if (!other || seen.has(other)) return 0;
    const end = startIn(other, seen.add(other)) + lengthOf(other);
    return end + (gap ? Number(`${sign}${gap}`) : 0);
  };
  const startOf = (element) => {
    const around = owner(element);
    return startIn(element) + (around ? startOf(around) : 0);
  };
  const root = () => /** @type {HTMLElement | null} */ (document.querySelector(ROOT));
  helios.declaredByMarkup = () => {
    const top = root();
    if (!top) return {};
    const ends = [...top.querySelectorAll("[data-start]")].map((clip) => startOf(clip) + lengthOf(clip));
    const end = Math.max(0, ...ends.filter(Number.isFinite));
    const own = lengthOf(top);
    const duration = Number.isFinite(own) ? own : end || null;
    return { duration, width: number(top.dataset.width), height: number(top.dataset.height) };
  };

  // What plays is placed by the attributes that we have for it, once all clips are there.
  let isWhole = false;
  const placed = new WeakSet();
  helios.place = (media) => {
    if (media.dataset.start === undefined || placed.has(media) || !owner(media)) return true;
    if (!isWhole) return false;
    placed.add(media);
    const { dataset } = media;
    dataset.heliosOffset ??= String(startOf(media));
    dataset.heliosSeek ??= String(skipped(media));
    if (number(dataset.duration) !== null) dataset.heliosDuration ??= String(number(dataset.duration));
    const volume = number(dataset.volume);
    if (volume !== null) media.volume = Math.min(1, Math.max(0, volume));
    const rate = number(dataset.playbackRate);
    if (rate !== null) media.defaultPlaybackRate = media.playbackRate = rate;
    return true;
  };
  const isShown = (clip, time_s) => {
    const start = startOf(clip);
    return time_s >= start - 1e-9 && time_s < start + lengthOf(clip) - 1e-9;
  };
  const showClips = (top, time_s) => {
    for (const clip of top.querySelectorAll("[data-start]")) {
      if (clip instanceof HTMLAudioElement) continue;
      const hidden = [];
      for (let item = clip; item && item !== top; item = item.parentElement) {
        if (item.dataset.start !== undefined && !isShown(item, time_s)) hidden.push(item);
      }
      clip.style.visibility = hidden.length ? "hidden" : "visible";
    }
  };
  const driveMarkup = (time_s) => {
    const top = root();
    if (!top) return;
    const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(ROOT));
    const compositions = [...all].filter((each) => line(each));
    for (const each of compositions) {
      const rate = number(each.dataset.playbackRate) ?? 1;
      const own = (time_s - startOf(each)) * rate + skipped(each);
      seek(line(each), Math.min(Math.max(0, own), line(each).duration?.() ?? own));
    }
    showClips(top, time_s);
  };

  // Its addresses that lead out of its folder are meant from there, others from the page's.
  const readdress = (content, address) => {
    for (const name of ["src", "href", "poster"]) {
      for (const element of content.querySelectorAll(`[${name}^="../"]`)) {
        element.setAttribute(name, new URL(element.getAttribute(name), address).href);
      }
    }
    for (const style of content.querySelectorAll("style")) {
      style.textContent = style.textContent.replace(/(url\(\s*["']?)(\.\.\/[^"')]*)/g,
        (_, before, link) => before + new URL(link, address).href);
    }
  };
  // The host has the place in time of what comes into it, takes its size, and is the one of two of a
  // name that its style rules and time line mean.
  const flatten = (host, inner) => {
    for (const side of ["width", "height"]) {
      const size = number(inner.dataset[side]);
      if (size !== null) host.style[side] = `${size}px`;
      inner.style[side] = size === null ? "100%" : `${size}px`;
    }
    for (const name of ["start", "duration", "trackIndex"]) delete inner.dataset[name];
    if (inner.dataset.compositionId === host.dataset.compositionId) delete inner.dataset.compositionId;
  };
  // A composition in a file of its own, in a <template> or as a page, comes into its host.
  const mount = async (host) => {
    const answer = await fetch(host.dataset.compositionSrc);
    if (!answer.ok) throw new Error(`the composition ${answer.url} is missing: HTTP ${answer.status}`);
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of [read, ...[...read.querySelectorAll("template")].map(({ content }) => content)]) {
      readdress(part, answer.url);
    }
    const content = read.querySelector("template")?.content ?? read;
    const inner = content.querySelector(ROOT);
    helios.declareInstance(host, [read, content]);
    // Rules of the page's body come after those of its parts.
    document.head.append(...content.querySelectorAll("style, link[rel=stylesheet]"));
    // Scripts run one after the other, each in its place, when all the rest is there.
    const scripts = [...content.querySelectorAll("script")].map((script) => {
      const place = document.createComment("script");
      const isInside = inner?.contains(script);
      script.replaceWith(place);
      return { script, place, isInside };
    });
    const after = scripts.filter(({ isInside }) => !isInside).map(({ place }) => place);
    host.append(...(inner ? [inner] : []), ...after);
    if (inner) flatten(host, inner);
    helios.bindVariables(host, ROOT);
    for (const { script, place } of scripts) {
      const fresh = document.createElement("script");
      for (const { name, value } of script.attributes) fresh.setAttribute(name, value);
      // What it declares with const, let and class is its own, as two files may use one name.
      const isClassic = /^$|javascript/.test(script.type);
      fresh.textContent = isClassic ? `{${script.textContent}\n}` : script.textContent;
      fresh.async = false;
      const came = fresh.src && new Promise((resolve) => {
        fresh.onload = resolve;
        fresh.onerror = resolve;
      });
      place.replaceWith(fresh);
      if (came) await came;
    }
  };
  const mounted = new WeakSet();
  const mountAll = async () => {
    for (;;) {
      const host = [...document.querySelectorAll("[data-composition-src]")].find((each) => !mounted.has(each));
      if (!host) return;
      mounted.add(host);
      await mount(host);
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    isWhole = !root();
    if (isWhole) return;
    window.__timelines ??= {};
    helios.bindVariables(document, ROOT);
    helios.waitFor(mountAll().then(() => { isWhole = true; }), "compositions");
  });

  const { drawFirst, updateSmil } = helios;
  // Upstream's renderer sets this before anything of the frame runs; its pages follow.
  if (helios.isPage) window.__HELIOS_VIRTUAL_TIME__ = 0;
  helios.updateSmil = () => {
    if (helios.isPage) window.__HELIOS_VIRTUAL_TIME__ = shared.now;
    updateSmil();
  };
  helios.drawFirst = async () => {
    await drawFirst();
    const time_s = shared.now / 1000;
    if (window.__helios_gsap_timeline__) seek(window.__helios_gsap_timeline__, time_s);
    driveMarkup(time_s);
  };
}
