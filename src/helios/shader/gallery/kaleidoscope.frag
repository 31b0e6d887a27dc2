// A kaleidoscope of stained glass: pieces change their places with the beat and their light with the bands.
// helios: int mirrors = 6 [3, 12] How many mirrors there are
// helios: float speed = 1.0 [0, 4] How fast it turns
// helios: color first = #ff2f5e Glass of the bass
// helios: color second = #ffc23d Glass of the middle
// helios: color third = #1fb6ff Glass of the treble

const float PI = 3.14159265;
float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
vec2 hash2(vec2 p) { return fract(sin(vec2(dot(p, vec2(127.1, 311.7)), dot(p, vec2(269.5, 183.3)))) * 43758.5453); }
vec3 glass(float turn) {
  turn = fract(turn) * 3.0;
  return turn < 1.0 ? mix(first, second, turn) : turn < 2.0 ? mix(second, third, smoothstep(0.3, 0.7, turn - 1.0)) : mix(third, first, turn - 2.0);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float time = speed * (0.12 * iTime + 0.20 * iAmplitudeTime);
  float far = length(uv);
  float angle = atan(uv.y, uv.x) + 0.25 * time;
  float wedge = PI / float(mirrors);
  angle = abs(mod(angle, 2.0 * wedge) - wedge);
  vec2 p = far * vec2(cos(angle), sin(angle));
  // What lies between the mirrors turns and drifts; a lens draws its middle in.
  p *= 1.0 + 0.25 * far;
  float turn = 0.7 * time;
  p = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * (p - vec2(0.55, 0.18)) + vec2(0.5 * time, 0.37 * sin(time));
  // Each part of the song has pieces of its own size, and the window comes nearer in it; a drop throws it open.
  float part = max(iSection, 0.0), landing = iDrop * exp(-14.0 * iSectionProgress);
  p = p * (2.6 + 1.5 * hash(vec2(part, 3.0)) - 0.5 * iSectionProgress + 1.2 * landing) + 7.0 * part;
  vec2 base = floor(p);
  float one = 9.0, two = 9.0;
  vec2 piece = vec2(0), to = vec2(0);
  for (int y = -1; y <= 1; y++) {
    for (int x = -1; x <= 1; x++) {
      vec2 cell = base + vec2(x, y);
      vec2 random = hash2(cell);
      vec2 d = cell + 0.5 + 0.38 * sin(6.2831 * random + 2.2 * time) - p;
      float room = dot(d, d);
      if (room < one) { two = one; one = room; piece = cell; to = d; }
      else two = min(two, room);
    }
  }
  float lead = sqrt(two) - sqrt(one);
  float random = hash(piece + 0.5);
  int band = int(random * 7.99);
  float heard = iEnvelopes[band];
  vec3 hue = glass(0.13 * time + 0.72 * random + 0.09 * far + 0.29 * part);
  hue = mix(hue, hue * hue, 0.5);
  // Light comes through from behind, the glass is uneven, and each piece has a bevel.
  float wave = 0.5 + 0.5 * sin(dot(to, vec2(7.0, 4.0)) + 11.0 * random + sin(to.y * 9.0));
  float light = 0.24 + 0.2 * wave + 1.5 * heard * heard + 0.28 * exp(-4.0 * iBeatPhase) * step(0.6, hash(piece + iBeatIndex));
  vec3 colour = hue * light * (1.25 + 0.9 * exp(-one * 7.0)) + hue * 0.05;
  float bevel = smoothstep(0.30, 0.06, lead);
  vec2 slope = normalize(to + 1e-4);
  colour += (0.25 * hue + 0.22) * bevel * smoothstep(0.1, 0.9, dot(slope, vec2(-0.6, 0.8))) * (0.5 + heard);
  colour *= 1.0 - 0.55 * bevel * smoothstep(0.0, 0.9, dot(slope, vec2(0.6, -0.8)));
  colour += (hue + 0.3) * 0.7 * exp(-one * 22.0) * heard;
  float edge = fwidth(lead) * 1.5;
  colour *= smoothstep(0.045 - edge, 0.045 + edge, lead);
  // The seams of the mirrors, hardly seen, and the darkness of the tube.
  colour *= 0.86 + 0.14 * smoothstep(0.0, 0.03, min(angle, wedge - angle) * far);
  colour *= smoothstep(1.9, 0.7, far);
  colour += mix(second, vec3(1), 0.4) * 0.45 * exp(-9.0 * far) * (0.3 + iEnvelopes[0]);
  colour += mix(second, vec3(1), 0.3) * landing * 0.6 * exp(-2.2 * far);
  colour = 1.0 - exp(-(1.25 + 0.3 * iEnergy + 0.35 * iDrop + 0.7 * landing) * colour);
  fragColor = vec4(pow(colour, vec3(0.9)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
