// On a phone: the stage as a strip at the screen's head, once it has been scrolled away.

import { byId } from "./element.js";

/** How much of the stage is still seen when the strip takes its place, in CSS pixels. */
const STRIP_PX = 110;

/** Keep the picture in sight while the form is scrolled; the films below it have pictures of their own. */
export function setUpStrip() {
  const [place, grow] = [byId("stage-place"), byId("grow")];
  const enlarge = (isLarge) => {
    place.classList.toggle("large", isLarge);
    grow.setAttribute("aria-expanded", String(isLarge));
    grow.textContent = isLarge ? "Smaller" : "Larger";
  };
  grow.addEventListener("click", () => enlarge(!place.classList.contains("large")));
  // Changes that come together are told together: the last of them holds.
  new IntersectionObserver((changes) => {
    const { isIntersecting, boundingClientRect } = changes[changes.length - 1];
    const isScrolled = !isIntersecting && boundingClientRect.top < 0;
    // Its place stays as high as it was: nothing jumps, and it comes back where it went.
    if (isScrolled) place.style.setProperty("--stage-height", `${place.offsetHeight}px`);
    place.classList.toggle("scrolled", isScrolled);
    if (!isScrolled) enlarge(false);
  }, { rootMargin: `-${STRIP_PX}px 0px 0px` }).observe(place);
  new IntersectionObserver((changes) => {
    const { isIntersecting } = changes[changes.length - 1];
    place.classList.toggle("away", isIntersecting);
    if (isIntersecting) enlarge(false);
  }, { rootMargin: "0px 0px -25%" }).observe(byId("queue"));
}
