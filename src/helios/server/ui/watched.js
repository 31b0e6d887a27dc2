// A finished film, played: flat, or looked around in where it goes all around.

import { element } from "./element.js";
import { LookAround } from "./look_around.js";
import { goesAround } from "./sphere.js";

/**
 * The box in which a film plays.
 * @param {string} address of the film
 * @param {{ projection: string, stereo: string } | null} format how directions lie in its picture
 */
export function watched(address, format) {
  const video = element("video", { controls: true, autoplay: true, playsInline: true, src: address });
  const box = element("div", { className: "player" }, video);
  if (format && goesAround(format.projection)) lookAroundIn(box, video, format);
  return box;
}

/** Where it cannot be looked around in, it plays flat. */
function lookAroundIn(box, video, format) {
  let view = /** @type {LookAround | null} */ (null);
  try {
    view = new LookAround(box, video);
  } catch {
    return;
  }
  view.show(format);
  const next = () => {
    if (!box.isConnected) return view.close();
    view.changed();
    return video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
}
