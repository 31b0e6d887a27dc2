// Draws one face of the cube around a page's camera and gives its pixels, RGBA, as a Blob.
async (camera) => {
  const page = window.helios || {};
  const aim = ({ scene, camera: own, renderer }) => {
    const eye = own.clone();
    const [x, y, z] = camera.forward;
    eye.fov = (camera.fov * 180) / Math.PI;
    eye.aspect = 1;
    eye.near = camera.near;
    eye.far = camera.far;
    eye.position.x += camera.position[0];
    eye.position.y += camera.position[1];
    eye.position.z += camera.position[2];
    eye.up.set(...camera.up);
    eye.lookAt(eye.position.x + x, eye.position.y + y, eye.position.z + z);
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
    throw new Error("the page has neither window.helios.renderFace nor window.helios.three");
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
