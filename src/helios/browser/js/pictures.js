// Animated GIF, WebP, APNG and AVIF in <img>: decoded here, shown by our clock.
/** @param {Stage} helios */
(helios) => {
  if (!window.ImageDecoder) return;
  const { shared, accessor, define } = helios;
  const ANIMATED = /^image\/(gif|webp|png|apng|avif)$/;
  const MAX_FRAMES = 2000;
  const src = accessor(HTMLImageElement.prototype, "src");
  const shown = new WeakMap();
  const moving = new Set();
  const seen = new WeakMap();

  // A canvas draws the first picture of an animated one, whichever is shown, as the standard says.
  const firsts = new Map(); // by the address of a picture of ours
  const DRAWS = /** @type {[any, string[]][]} */ ([
    [window.CanvasRenderingContext2D, ["drawImage", "createPattern"]],
    [window.OffscreenCanvasRenderingContext2D, ["drawImage", "createPattern"]],
    [window.WebGLRenderingContext, ["texImage2D", "texSubImage2D"]],
    [window.WebGL2RenderingContext, ["texImage2D", "texSubImage2D", "texImage3D", "texSubImage3D"]],
  ]);
  const first = (value) => (value instanceof HTMLImageElement ? firsts.get(value.currentSrc) ?? value : value);
  let areDrawn = false;
  const drawFirsts = () => {
    if (areDrawn) return;
    areDrawn = true;
    const owners = DRAWS.filter(([owner]) => owner).map(([owner, names]) => [owner.prototype, names]);
    for (const [target, names] of [...owners, [window, ["createImageBitmap"]]]) {
      for (const name of names) {
        const native = target[name];
        define(target, name, function (...args) { return native.apply(this, args.map(first)); });
      }
    }
  };

  const read = async (image, url) => {
    const response = await helios.nativeFetch(url);
    const data = await response.arrayBuffer();
    const kind = new Uint8Array(data, 0, 4);
    const sniffed = kind[0] === 0x47 ? "image/gif" : kind[0] === 0x52 ? "image/webp"
      : kind[0] === 0x89 ? "image/png" : "image/avif";
    if (!ANIMATED.test(sniffed) || !(await ImageDecoder.isTypeSupported(sniffed))) return;
    const decoder = new ImageDecoder({ data, type: sniffed, premultiplyAlpha: "none" });
    await decoder.tracks.ready;
    const track = decoder.tracks.selectedTrack;
    if (!track?.animated || track.frameCount < 2 || track.frameCount > MAX_FRAMES) {
      decoder.close();
      return;
    }
    const ends = [];
    let total = 0;
    for (let index = 0; index < track.frameCount; index += 1) {
      const { image: picture } = await decoder.decode({ frameIndex: index });
      const duration = (picture.duration ?? 0) / 1000;
      total += duration < 11 ? 100 : duration; // what browsers make of "as fast as possible"
      ends.push(total);
      picture.close();
    }
    const { repetitionCount } = track;
    const drawn = /** @type {HTMLImageElement} */ (document.createElement("img"));
    helios.nativeSetSrc(drawn, url);
    await helios.loaded(drawn);
    drawFirsts();
    moving.add({ image, url, drawn, decoder, ends, total, repetitionCount, since: shared.now, urls: [], index: -1 });
  };
  // Pictures that move by a clock of the browser's own, which cannot be set.
  const looked = (shared.lookedAt ??= new Set());
  const SVG = /\.svg([?#]|$)|^data:image\/svg/i;
  const short = (url) => (url.startsWith("data:") ? `${url.slice(0, 30)}...` : url);
  const isMoving = async (url) => {
    const response = await helios.nativeFetch(url);
    if (SVG.test(url)) return helios.isMovingSvg(await response.text());
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    if (!ANIMATED.test(type) || !(await ImageDecoder.isTypeSupported(type))) return false;
    const decoder = new ImageDecoder({ data: await response.arrayBuffer(), type });
    await decoder.tracks.ready;
    const isAnimated = Boolean(decoder.tracks.selectedTrack?.animated);
    decoder.close();
    return isAnimated;
  };
  helios.noteMoving = (url) => {
    if (looked.has(url) || /\.(jpe?g)([?#]|$)/i.test(url)) return;
    looked.add(url);
    const told = isMoving(url).then((moves) => {
      const what = moves && helios.placeOf(url); // what only scripts draw, or <img> shows, does not move so
      if (what) helios.tell(`note ${what} ${short(url)} moves by the machine's time: show it with <img>`);
    }, () => {});
    helios.waitFor(told, `picture ${short(url)}`);
  };
  const frameAt = (entry) => {
    let elapsed = shared.now - entry.since + 1e-5;
    if (elapsed >= entry.total * (entry.repetitionCount + 1)) return entry.ends.length - 1;
    elapsed %= entry.total;
    return entry.ends.findIndex((end) => elapsed < end);
  };
  // A BMP (V4 header, top-down, straight alpha): it needs no encoder, which would wait for idle time.
  const bitmap = async (picture) => {
    const { displayWidth: width, displayHeight: height } = picture;
    const pixels = new Uint8Array(width * height * 4);
    await picture.copyTo(pixels, { format: "BGRA" });
    const head = new DataView(new ArrayBuffer(122));
    head.setUint16(0, 0x424d);
    const fields = [[2, 122 + pixels.length], [10, 122], [14, 108], [18, width], [22, -height],
      [30, 3], [34, pixels.length], [54, 0xff0000], [58, 0xff00], [62, 0xff], [66, 0xff000000],
      [70, 0x73524742]];
    for (const [at, value] of fields) head.setInt32(at, value, true);
    head.setUint16(26, 1, true);
    head.setUint16(28, 32, true);
    return new Blob([head, pixels], { type: "image/bmp" });
  };
  const still = async (entry, index) => {
    if (!entry.urls[index]) {
      const { image: picture } = await entry.decoder.decode({ frameIndex: index });
      entry.urls[index] = URL.createObjectURL(await bitmap(picture));
      picture.close();
    }
    return entry.urls[index];
  };
  const readSvg = async (image, url) => {
    try {
      const text = await (await helios.nativeFetch(url)).text();
      if (!helios.isMovingSvg(text)) return;
      await helios.loaded(image);
      moving.add(await helios.movingSvg(image, url, text));
    } catch (error) {
      const advice = "put the SVG itself into the page";
      helios.tell(`note the picture ${short(url)} may move by the machine's time (${error.message}): ${advice}`);
    }
  };
  const pictureOf = async (entry) => {
    if (entry.still) return entry.still();
    const index = frameAt(entry);
    return index === entry.index ? entry.urls[index] : still(entry, entry.index = index);
  };
  // What gives an image its address: one of several, with how many pixels it has for a CSS pixel, stays that.
  const CANDIDATE = /([^\s,]\S*[^\s,])(?=\s|,|$)/g;
  const setCandidate = (element, before, after) => {
    const { srcset, baseURI } = element;
    const isIt = (text) => URL.canParse(text, baseURI) && new URL(text, baseURI).href === before;
    const changed = srcset.replace(CANDIDATE, (text) => (isIt(text) ? after : text));
    if (changed === srcset) return false;
    if (element instanceof HTMLImageElement) helios.nativeSetSrcset(element, changed);
    else element.srcset = changed;
    return true;
  };
  const setAddress = (image, before, after) => {
    const sources = image.parentElement?.localName === "picture" ? image.parentElement.querySelectorAll("source") : [];
    const isChosen = [...sources, image].some((element) => setCandidate(element, before, after));
    if (!isChosen) helios.nativeSetSrc(image, after);
  };
  // That a picture of ours is there is no news to the page, which hears once of the one that it gave.
  const listen = EventTarget.prototype.addEventListener;
  const told = new WeakSet();
  const awaited = new WeakMap();
  const ours = new Set(); // addresses
  const passed = new WeakSet();
  const hear = (event) => {
    const { target } = event;
    if (!(target instanceof HTMLImageElement) || !event.isTrusted || passed.has(event)) return;
    passed.add(event);
    const isOurs = ours.has(target.currentSrc);
    if (isOurs && told.has(target)) event.stopImmediatePropagation();
    told.add(target);
    awaited.get(target)?.();
  };
  // Before all listeners of the page: at the document (a window hears of no load in it), and at an image that
  // is in a shadow root.
  const listenAt = (target) => { for (const type of ["load", "error"]) listen.call(target, type, hear, true); };
  listenAt(document);
  const show = async (entry) => {
    const { image } = entry;
    const url = await pictureOf(entry);
    const before = shown.get(image)?.own ?? entry.url;
    if (url === before) return;
    shown.set(image, { own: url, original: entry.url });
    ours.add(url);
    if (entry.drawn?.naturalWidth === image.naturalWidth) firsts.set(url, entry.drawn);
    const come = new Promise((resolve) => { awaited.set(image, resolve); });
    setAddress(image, before, url);
    if (!image.complete) await come;
  };
  // The page keeps seeing the address it gave.
  const current = accessor(HTMLImageElement.prototype, "src");
  Object.defineProperty(HTMLImageElement.prototype, "src", {
    ...current,
    get() {
      const value = src.get.call(this);
      const swap = shown.get(this);
      return swap && swap.own === value ? swap.original : value;
    },
  });

  const findPictures = () => {
    for (const scope of [document, ...helios.shadowRoots]) {
      for (const image of scope.querySelectorAll("img")) {
        const url = image.currentSrc || src.get.call(image);
        if (!url || url === seen.get(image) || url === shown.get(image)?.own) continue;
        if (!seen.has(image)) listenAt(image);
        seen.set(image, url);
        if (image.complete) told.add(image);
        else told.delete(image);
        for (const entry of moving) {
          if (entry.image !== image) continue;
          entry.close?.();
          moving.delete(entry);
        }
        if (SVG.test(url)) {
          helios.waitFor(readSvg(image, url), `picture ${short(url)}`);
          continue;
        }
        if (/\.(jpe?g)([?#]|$)|^data:image\/jpeg/i.test(url)) continue;
        helios.waitFor(read(image, url).catch(() => {}), `picture ${url.slice(0, 80)}`);
      }
    }
  };
  helios.findPictures = findPictures;
  helios.updatePictures = async () => {
    findPictures();
    if (moving.size && !shared.isReplaying) await Promise.all([...moving].map(show));
  };
}
