// Animated SVG in <img>: a hidden copy is put on the frame's time, and shown as it is then.
/** @param {Stage} helios */
(helios) => {
  const { shared } = helios;
  const NUDGE_MS = 1e-5;
  const STEERS = "animate, animateMotion, animateTransform, set";
  const HIDDEN = "position: fixed; left: -30000px; top: 0; border: 0; visibility: hidden; pointer-events: none";
  const setTime = helios.accessor(Animation.prototype, "currentTime").set;
  // Attributes that are CSS properties of these elements only.
  const GEOMETRY = {
    x: "rect image foreignObject svg use", y: "rect image foreignObject svg use",
    width: "rect image foreignObject svg", height: "rect image foreignObject svg",
    cx: "circle ellipse", cy: "circle ellipse", r: "circle", rx: "rect ellipse", ry: "rect ellipse", d: "path",
  };
  const isStyle = (element, name) =>
    name in GEOMETRY ? GEOMETRY[name].split(" ").includes(element.localName) : CSS.supports(name, "inherit");

  const written = (value) => {
    if (value === null || typeof value !== "object") return String(value);
    if ("valueAsString" in value) return value.valueAsString;
    if ("numberOfItems" in value) {
      return Array.from({ length: value.numberOfItems }, (_, index) => written(value.getItem(index))).join(" ");
    }
    if ("width" in value) return [value.x, value.y, value.width, value.height].join(" ");
    if ("x" in value) return `${value.x},${value.y}`;
    if ("value" in value) return String(value.value);
    throw new Error("an attribute that cannot be written down");
  };
  const attribute = (element, name) => {
    if (name === "points") return written(element.animatedPoints);
    if (name === "class") return element.className.animVal;
    const both = [element[`${name}X`], element[`${name}Y`]];
    if (both.every(Boolean)) return both.map((each) => written(each.animVal)).join(" ");
    return written(element[name].animVal);
  };
  const matrix = ({ a, b, c, d, e, f }) => `matrix(${[a, b, c, d, e, f].join(" ")})`;
  const place = (element, name) => {
    if (name !== "transform") {
      const list = element[name].animVal;
      return list.numberOfItems ? Array.from(list, (item) => matrix(item.matrix)).join(" ") : "";
    }
    const around = element.parentNode.getScreenCTM?.();
    const own = element.getScreenCTM?.();
    if (!around || !own) throw new Error("an element that is not drawn");
    return matrix(around.inverse().multiply(own));
  };

  const bake = (source) => {
    const view = source.defaultView;
    const originals = [source.documentElement, ...source.documentElement.querySelectorAll("*")];
    const copy = source.documentElement.cloneNode(true);
    const copies = [copy, ...copy.querySelectorAll("*")];
    const copyOf = (element) => copies[originals.indexOf(element)];
    for (const steer of source.querySelectorAll(STEERS)) {
      const target = steer.targetElement;
      if (!target) continue;
      const isMotion = steer.localName === "animateMotion";
      const name = isMotion ? "transform" : (steer.getAttribute("attributeName") ?? "").replace(/^.*:/, "");
      if (/transform$/i.test(name)) copyOf(target).setAttribute(name, place(target, name));
      else if (isStyle(target, name)) {
        copyOf(target).style.setProperty(name, view.getComputedStyle(target).getPropertyValue(name));
      } else copyOf(target).setAttribute(name, attribute(target, name));
    }
    for (const { effect } of source.getAnimations()) {
      const style = view.getComputedStyle(effect.target);
      const names = new Set(effect.getKeyframes().flatMap((frame) => Object.keys(frame)));
      for (const name of names) {
        const property = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        const value = style.getPropertyValue(property);
        if (value) copyOf(effect.target).style.setProperty(property, value, "important");
      }
    }
    for (const steer of copy.querySelectorAll(STEERS)) steer.remove();
    const still = source.createElementNS("http://www.w3.org/2000/svg", "style");
    still.textContent = "* { animation: none !important; transition: none !important }";
    copy.append(still);
    return new XMLSerializer().serializeToString(copy);
  };

  helios.isMovingSvg = (text) => /<(animate|animateMotion|animateTransform|set)[\s/>]|@keyframes/.test(text);
  // A picture that moves, like those of pictures.js.
  helios.movingSvg = async (image, url, text) => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-same-origin"); // scripts do not run in pictures
    frame.style.cssText = HIDDEN;
    frame.width = String(image.naturalWidth || 300);
    frame.height = String(image.naturalHeight || 150);
    frame.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.documentElement.append(frame);
    await loaded;
    const source = frame.contentDocument;
    if (source?.documentElement?.localName !== "svg") throw new Error("not an SVG picture");
    const drawing = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (source.documentElement));
    drawing.pauseAnimations();
    const since = shared.now;
    let last = "";
    let own = "";
    bake(source);
    return {
      image, url,
      close() { frame.remove(); },
      async still() {
        const time = shared.now - since;
        drawing.setCurrentTime((time + NUDGE_MS) / 1000);
        for (const animation of source.getAnimations()) setTime.call(animation, time + NUDGE_MS);
        const baked = bake(source);
        if (baked === last) return own;
        URL.revokeObjectURL(own);
        last = baked;
        own = URL.createObjectURL(new Blob([baked], { type: "image/svg+xml" }));
        return own;
      },
    };
  };
}
