// Through the stars at the speed of the song: they stretch with the bass, and the gas between glows.
// helios: float speed = 1.0 [0, 4] How fast it flies
// helios: float stretch = 1.0 [0, 3] How long the streaks are
// helios: color gas = #5a2bd8 Colour of the gas
// helios: color glow = #ff5d7a Colour of its core

const float TAU = 6.2831853;
float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  uv -= 0.12 * vec2(sin(iTime * 0.21), cos(iTime * 0.17));
  float far = length(uv), angle = atan(uv.y, uv.x);
  float travel = speed * (0.35 * iTime + 0.75 * iBassTime);
  float rush = clamp(0.12 + 0.9 * iEnvelopes[0] + 0.25 * iDrop, 0.0, 1.3) * stretch;
  // Gas on the walls of a wide tube, mirrored about no axis: its turn is bent by its depth.
  float depth = 0.55 / (far + 0.08);
  float swirl = angle + 0.35 * sin(depth * 0.9 - travel) + 0.12 * travel;
  vec2 wall = vec2(cos(swirl), sin(swirl)) * 2.3 + vec2(depth * 1.6 + travel * 1.6, depth * 0.9);
  float cloud = noise(wall * 1.2) * 0.6 + noise(wall * 2.7 + 3.0) * 0.3 + noise(wall * 6.1) * 0.16;
  float thick = smoothstep(0.45, 1.0, cloud);
  vec3 colour = vec3(0.006, 0.007, 0.022) + gas * gas * thick * (0.35 + 0.5 * iEnergy) * smoothstep(0.0, 0.5, far);
  colour += mix(gas * gas, glow * glow, smoothstep(0.4, 0.9, cloud)) * pow(thick, 2.0) * 0.9 * (0.3 + iEnvelopes[2]);
  float heart = exp(-7.0 * far);
  colour += mix(glow, vec3(1), 0.45) * heart * (0.45 + 1.1 * iEnvelopes[0] + 0.5 * exp(-5.0 * iBeatPhase));
  colour += glow * glow * 0.22 * exp(-2.6 * far);
  // Stars: in each layer one to a cell of angle, running outwards; a layer counts its own turns.
  for (int i = 0; i < 18; i++) {
    float layer = float(i);
    float turns = travel * (0.7 + 0.06 * mod(layer, 5.0)) + layer / 18.0;
    float age = fract(turns), round_ = floor(turns);
    float cells = 26.0 + 6.0 * mod(layer, 4.0);
    float place = angle / TAU * cells + hash(vec2(layer, round_)) * 17.0;
    float cell = mod(floor(place), cells * 8.0);
    float random = hash(vec2(cell, layer + 31.0 * round_));
    float bright = smoothstep(0.35, 1.0, random);
    float near = 0.05 + 1.9 * pow(age, 2.2) + 0.25 * fract(random * 7.0) * age;
    float length_ = 0.012 + 0.55 * rush * pow(age, 1.6);
    float across = (fract(place) - 0.5 - 0.25 * (fract(random * 13.0) - 0.5)) / cells * TAU * far;
    float along = max(abs(far - near) - length_ * 0.5, 0.0);
    float size = (0.0012 + 0.0042 * age);
    float streak = exp(-(across * across) / (size * size)) * exp(-(along * along) / (size * size * 6.0));
    float head = smoothstep(near - length_ * 0.5, near + length_ * 0.5, far);
    vec3 tint = mix(vec3(0.65, 0.8, 1.0), vec3(1.0, 0.82, 0.7), fract(random * 5.0));
    colour += tint * streak * bright * (0.35 + 0.65 * head) * smoothstep(0.0, 0.12, age) * (1.6 + 1.2 * iHigh) * smoothstep(1.0, 0.85, age);
  }
  colour = 1.0 - exp(-1.5 * colour);
  fragColor = vec4(pow(colour, vec3(0.85)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
