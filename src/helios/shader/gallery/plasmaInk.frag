// Ink in water: colours fold into each other, pushed by the bass and stirred by the beat. By the parts of the song it is ink
// on paper, light at night, layers of marble, a vortex and drops seen from near.
// helios: float speed = 1.0 [0, 4] How fast it drifts
// helios: float scale = 1.0 [0.4, 3] Size of the folds
// helios: color paper = #f3e6cf Colour of the water
// helios: color ink = #101b3f Colour of the ink
// helios: color accent = #d8432b Colour of what is stirred in

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
// Which of five pictures is shown: another with each act of the song.
float act() { return mod(iAct, 5.0); }
// How much light is left where the song falls silent; without a song, all of it.
float resting() {
  return mix(mix(0.25, 1.0, smoothstep(-46.0, -26.0, iLoudness)), 1.0, exp(-4.0 * iAmplitudeTime));
}
// A colour turned around grey.
vec3 hued(vec3 colour, float angle) {
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
float hash(vec3 p) {
  p = fract(p * 0.1031);
  p += dot(p, p.zyx + 31.32);
  return fract((p.x + p.y) * p.z);
}
float noise(vec3 p) {
  vec3 i = floor(p), f = fract(p);
  f = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
  vec4 low = vec4(hash(i), hash(i + vec3(1, 0, 0)), hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)));
  vec4 top = vec4(hash(i + vec3(0, 0, 1)), hash(i + vec3(1, 0, 1)), hash(i + vec3(0, 1, 1)), hash(i + vec3(1, 1, 1)));
  vec4 both = mix(low, top, f.z);
  return mix(mix(both.x, both.y, f.x), mix(both.z, both.w, f.x), f.y);
}
float cloud(vec2 p, int octaves) {
  float sum = 0.0, size = 0.5;
  for (int i = 0; i < octaves; i++) {
    sum += size * noise(p);
    p = mat2(1.6, 1.2, -1.2, 1.6) * p + 7.1;
    size *= 0.5;
  }
  return sum;
}
// All around: two turns in space, as one alone would leave lines along its axis.
const mat3 ASLANT = mat3(1.6, 1.2, 0.0, -0.96, 1.28, 1.2, 0.72, -0.96, 1.6);
float cloud(vec3 p, int octaves) {
  float sum = 0.0, size = 0.5;
  for (int i = 0; i < octaves; i++) {
    sum += size * noise(p);
    p = ASLANT * p + 7.1;
    size *= 0.5;
  }
  return sum;
}
// All around ink is slower, and what it hears goes with how loud it is, lest it flicker where one has turned to.
float around = 0.0;
float heardBy(float level) { return mix(level, 0.45 * iEnergy, 0.85 * around); }
// What the picture is made of in this part of the song.
float kind, time, landing, stir;
vec3 water, pigment, third;
void begin() {
  time = speed * (1.0 - 0.45 * around) * (0.10 * iTime + 0.22 * iBassTime);
  kind = act();
  landing = iDrop * exp(-14.0 * iSectionProgress);
  stir = (1.0 - 0.7 * around) * exp(-3.0 * iBeatPhase) * (0.2 + 0.8 * iEnvelopes[0]);
  water = paper;
  pigment = ink;
  third = accent;
  if (kind > 0.5 && kind < 1.5) { water = ink * 0.25; pigment = hued(accent, 2.6) * 0.9 + 0.08; third = paper * vec3(1.0, 0.75, 0.4); }
  else if (kind > 1.5 && kind < 2.5) {
    water = mix(paper, hued(accent, 2.2), 0.25);
    pigment = hued(ink, 2.3) + vec3(0.0, 0.06, 0.04);
    third = hued(accent, 0.7);
  } else if (kind > 2.5 && kind < 3.5) {
    water = mix(hued(accent, -0.6), vec3(0.02), 0.82);
    pigment = accent * 1.1;
    third = vec3(1.0, 0.85, 0.5);
  } else if (kind > 3.5) {
    water = mix(paper, hued(accent, -2.3), 0.35);
    pigment = hued(ink, -1.0) + vec3(0.10, 0.0, 0.08);
    third = hued(accent, -1.2);
  }
}
// The colour of a place by how dense the ink is there and by how far it was folded.
vec3 inked(float density, vec2 a, vec2 b, float relief, float grain) {
  float veins = abs(sin(9.0 * density + 4.0 * b.x));
  // Seen from near there would be little else than water.
  float thin = kind > 3.5 ? 0.07 : 0.0;
  float body = smoothstep(0.42, 0.60, density + thin + 0.5 * (a.x + 0.1));
  vec3 colour = mix(water, mix(pigment * 1.9 + vec3(0.0, 0.05, 0.10), pigment * 0.6, smoothstep(0.38, 0.66, density)), body);
  float red = smoothstep(0.06, 0.16, b.y + 0.10 * heardBy(iMid) - 0.35 * abs(a.y)) * smoothstep(0.30, 0.42, density);
  colour = mix(colour, third * (0.65 + 0.6 * density), red * (0.8 + 0.2 * heardBy(iEnvelopes[2])));
  // Pigment gathers at the edges, and gold settles in the finest folds.
  float rim = smoothstep(0.0, 0.16, body) * smoothstep(0.42, 0.16, body);
  colour = mix(colour, pigment * 0.7, 0.5 * rim * (1.0 - red));
  float gold = smoothstep(0.10, 0.0, veins) * body * (0.25 + 1.3 * heardBy(iEnvelopes[5]) + 0.4 * stir);
  colour += vec3(1.0, 0.78, 0.38) * gold * 0.8;
  // Light from above on the relief of the pigment.
  colour *= 1.0 + 0.6 * clamp(relief, -0.5, 0.5) * body;
  return colour * (1.0 + 0.035 * (grain - 0.5) * (1.0 - body));
}
// It comes out of the dark, and dims where the song falls silent.
vec4 shown(vec3 colour, vec2 fragCoord) {
  colour *= (1.0 + 0.35 * landing) * mix(0.4, 1.0, smoothstep(0.0, 6.0, iTime)) * resting();
  return vec4(clamp(colour, 0.0, 1.0) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  begin();
  vec2 p = uv * 0.85 / scale;
  if (kind > 1.5 && kind < 2.5) p = vec2(p.x * 0.42, p.y * 1.9 + 0.35 * sin(1.3 * p.x + 0.4 * time));
  else if (kind > 2.5 && kind < 3.5) {
    float far = length(p), swirl = 2.2 * exp(-1.1 * far) + 0.4 * time;
    p = mat2(cos(swirl), sin(swirl), -sin(swirl), cos(swirl)) * p * (0.75 + 0.5 * far);
  } else if (kind > 3.5) p = 0.62 * p + 3.0;
  // A drop of the song is one of the ink: it drives all outwards.
  p *= 1.0 - 0.5 * landing * exp(-1.5 * dot(uv, uv));
  p += 0.10 * stir * vec2(-uv.y, uv.x) / (0.4 + dot(uv, uv));
  vec2 a = vec2(cloud(p + vec2(0.0, time), 3), cloud(p + vec2(5.2, 1.3 - time), 3)) - 0.45;
  vec2 b = vec2(cloud(p + 2.4 * a + vec2(1.7, 9.2) + 0.35 * time, 3), cloud(p + 2.4 * a + vec2(8.3, 2.8) - 0.3 * time, 3)) - 0.45;
  float density = cloud(p + 2.9 * b, 5);
  float relief = 5.0 * (dFdx(density) - dFdy(density)) * iResolution.y / 700.0;
  vec3 colour = inked(density, a, b, relief, noise(fragCoord * 0.7));
  fragColor = shown(colour * (1.0 - 0.10 * dot(uv, uv)), fragCoord);
}

// All around the viewer is in the ink: each direction is a point in a space of it.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  around = 1.0;
  begin();
  vec3 ray = fragRayDir, p = ray * 1.5 / scale;
  if (kind > 1.5 && kind < 2.5) p = vec3(p.x * 0.6, p.y * 2.1 + 0.35 * sin(1.8 * p.x + 0.4 * time), p.z * 0.6);
  else if (kind > 2.5 && kind < 3.5) {
    // One vortex ahead and one behind.
    float swirl = 2.4 * abs(ray.z) * ray.z + 0.4 * time;
    p.xy = mat2(cos(swirl), sin(swirl), -sin(swirl), cos(swirl)) * p.xy;
  } else if (kind > 3.5) p = 0.7 * p + 3.0;
  p *= 1.0 - 0.3 * landing;
  p.xz += 0.10 * stir * vec2(-ray.z, ray.x);
  vec2 a = vec2(cloud(p + vec3(0.0, time, 2.0), 3), cloud(p + vec3(5.2, 1.3 - time, 4.0), 3)) - 0.45;
  vec3 folded = p + 2.4 * vec3(a, a.y - a.x);
  vec2 b = vec2(cloud(folded + vec3(1.7, 9.2, 0.0) + 0.35 * time, 3), cloud(folded + vec3(8.3, 2.8, 5.0) - 0.3 * time, 3)) - 0.45;
  float density = cloud(p + 2.9 * vec3(b, b.y - b.x), 5);
  // How it rises in space, towards a light that stays: neither turns at the poles.
  vec3 right = dFdx(ray), up = dFdy(ray);
  vec3 rise = dFdx(density) * right / max(dot(right, right), 1e-9) + dFdy(density) * up / dot(up, up);
  float relief = 0.022 * dot(rise, vec3(0.5, -0.8, 0.3));
  fragColor = shown(inked(density, a, b, relief, noise(ray * 400.0)), fragCoord);
}
