// What the page says about itself, and its sounds.
(helios) => {
  const text = (value) => (value === "" || value === null || value === undefined ? null : String(value).trim());
  const meta = (name) => document.querySelector(`meta[name="helios:${name}"]`)?.content;
  helios.declared = () => {
    const page = helios.contract();
    const attributes = document.documentElement.dataset;
    const say = (name) => {
      const key = `helios${name[0].toUpperCase()}${name.slice(1)}`;
      let own = page?.[name];
      if (own !== null && typeof own === "object" && "value" in own) own = own.value;
      return text(own ?? attributes[key] ?? meta(name));
    };
    return { duration: say("duration"), fps: say("fps"), width: say("width"), height: say("height") };
  };

  const all = function* (root) {
    for (const element of root.querySelectorAll("audio, video")) yield element;
    for (const shadow of helios.shadowRoots) {
      if (shadow.host.isConnected && shadow.host.getRootNode() === root) yield* all(shadow);
    }
  };
  const address = (element) => {
    const raw = element.currentSrc || element.src || element.querySelector("source")?.src || "";
    return raw && new URL(raw, document.baseURI).href;
  };
  helios.sounds = () => {
    helios.findShadowRoots();
    const found = [];
    for (const element of all(document)) {
      const { dataset } = element;
      const url = address(element);
      if (!url || element.muted || element.defaultMuted || element.volume === 0) continue;
      if ("heliosNoAudio" in dataset && dataset.heliosNoAudio !== "false") continue;
      found.push({
        url,
        volume: element.volume,
        loop: element.loop,
        rate: element.defaultPlaybackRate !== 1 ? element.defaultPlaybackRate : element.playbackRate,
        offset: text(dataset.heliosOffset),
        seek: text(dataset.heliosSeek),
        fadeIn: text(dataset.heliosFadeIn),
        fadeOut: text(dataset.heliosFadeOut),
      });
    }
    return found;
  };
}
