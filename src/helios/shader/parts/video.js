// A video as a channel: the picture that it has in the film's frame.
/** @param {any} helpers */
({ gl, program, texture, upload, loading, HeliosShaderError }) => ({ file, flip }) => {
  const video = document.createElement("video");
  Object.assign(video, { src: file, muted: true, loop: true, autoplay: true, playsInline: true, preload: "auto" });
  video.style.display = "none";
  document.body.append(video);
  const made = {
    texture: texture(),
    size: [1, 1],
    time: 0,
    update: () => {
      made.size = [video.videoWidth, video.videoHeight];
      made.time = video.currentTime;
      gl.bindTexture(gl.TEXTURE_2D, made.texture);
      if (video.videoWidth) upload(video, flip);
    },
  };
  loading.push(new Promise((resolve, reject) => {
    video.addEventListener("loadeddata", resolve, { once: true });
    video.addEventListener("error", () => {
      reject(new HeliosShaderError(`${program.name}: the video ${file} cannot be played`));
    }, { once: true });
  }));
  return made;
}
