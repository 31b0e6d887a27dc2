// Sixteen cells show the frame number; the rest of the picture moves with the time.
// helios: float shade = 0.25 [0, 1] how light the ground is
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  ivec2 cell = ivec2(fragCoord.x, iResolution.y - fragCoord.y) / 20;
  float light = shade + 0.1 * sin(iTime * 3.0 + fragCoord.x * 0.05);
  if (cell.y == 0) light = float((iFrame >> cell.x) & 1);
  fragColor = vec4(vec3(light), 1.0);
}
