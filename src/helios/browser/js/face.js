// Draws one face of the cube around a page's camera and gives its pixels, RGBA, as a Blob.
async (camera) => {
  const page = window.helios || {};
  const aim = ({ scene, camera: own, renderer }) => {
    const eye = own.clone();
    own.updateWorldMatrix?.(true, false);
    const m = own.matrixWorld?.elements;
    // Straight ahead is where the camera heads; the horizon stays level.
    const flat = m ? Math.hypot(m[8], m[10]) : 0;
    const [sin, cos] = flat > 1e-6 ? [-m[8] / flat, m[10] / flat] : [0, 1];
    const turned = ([x, y, z]) => [x * cos - z * sin, y, x * sin + z * cos];
    const { x, y, z } = own.position;
    const base = m ? [m[12], m[13], m[14]] : [x, y, z];
    const offset = turned(camera.position);
    const ahead = turned(camera.forward);
    const place = base.map((value, n) => value + offset[n]);
    eye.fov = (camera.fov * 180) / Math.PI;
    eye.aspect = 1;
    eye.near = camera.near;
    eye.far = camera.far;
    eye.zoom = 1;
    eye.clearViewOffset?.();
    [eye.position.x, eye.position.y, eye.position.z] = place;
    eye.up.set(...turned(camera.up));
    eye.lookAt(...place.map((value, n) => value + ahead[n]));
    eye.updateProjectionMatrix();
    renderer.setPixelRatio(1);
    renderer.setSize(camera.size, camera.size, false);
    renderer.render(scene, eye);
    return renderer.domElement;
  };
  let drawn;
  if (typeof page.renderFace === "function") {
    drawn = await page.renderFace(camera.face, camera.eye, camera);
  } else if (page.three) {
    drawn = aim(page.three);
  } else {
    throw new Error("the page no longer has window.helios.renderFace or window.helios.three");
  }
  if (!drawn || drawn.width !== camera.size || drawn.height !== camera.size) {
    throw new Error(`renderFace must return a canvas of ${camera.size}x${camera.size} pixels`);
  }
  window.__helios_face__ ??= new OffscreenCanvas(1, 1);
  const copy = window.__helios_face__;
  copy.width = copy.height = camera.size;
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(drawn, 0, 0);
  return new Blob([context.getImageData(0, 0, camera.size, camera.size).data]);
}
