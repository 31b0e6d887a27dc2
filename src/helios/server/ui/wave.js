// The loudness of a song along its length.

export function drawWave(canvas, levels) {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const paint = context.createLinearGradient(0, 0, width, 0);
  paint.addColorStop(0, "#ffd08a");
  paint.addColorStop(0.5, "#ff9a3d");
  paint.addColorStop(1, "#f0602a");
  context.fillStyle = paint;
  const step = 4;
  const bars = Math.max(1, Math.floor(width / step));
  for (let n = 0; n < bars; n += 1) {
    const first = Math.floor((n / bars) * levels.length);
    const last = Math.max(first + 1, Math.floor(((n + 1) / bars) * levels.length));
    const level = Math.max(...levels.slice(first, last));
    const tall = Math.max(2, level * height);
    context.beginPath();
    context.roundRect(n * step, (height - tall) / 2, step - 1.5, tall, 1.2);
    context.fill();
  }
}
