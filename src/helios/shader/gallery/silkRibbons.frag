// Ribbons of silk in the dark: each is a band of the song, and turns its bright side with it. With the parts of the song they
// flow across, hang as curtains, close to a wreath, come out of the distance, are seen from near and run to a horizon.
// helios: float speed = 1.0 [0, 4] How fast they flow
// helios: float width = 1.0 [0.3, 3] How wide they are
// helios: color first = #ff3d7f Colour of the lowest
// helios: color last = #3de0ff Colour of the highest

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }

// Which of six pictures is shown: another with each act of the song.
float act() { return mod(iAct, 6.0); }
// How often all six were seen: what comes again is not the same.
float turns() { return floor(iAct / 6.0); }
// A colour turned around grey.
vec3 hued(vec3 colour, float angle) {
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}

// All around nothing flashes that one has turned to: bands are heard with how loud it is.
float around = 0.0;
float heardBy(int band) { return mix(iEnvelopes[band], 0.5 * iEnergy, 0.75 * around); }

float kind, time, hueTurn, landing;
vec3 low, high;
void begin() {
  kind = act();
  time = speed * (0.45 * iTime + 0.35 * iAmplitudeTime);
  hueTurn = 1.05 * kind + 0.8 * turns();
  landing = iDrop * exp(-14.0 * iSectionProgress);
  low = hued(first, hueTurn);
  high = hued(last, hueTurn);
}
// The ribbons over what is behind them: x is along them, y across; tight draws them together, and where open_ is 0 they
// end. Closed ones come again after one turn of x; bent says how far they swing.
vec3 ribbons(vec3 colour, vec2 at, float tight, float open_, bool closed, float bent) {
  for (int i = 0; i < 8; i++) {
    float n = float(i), share = n / 7.0;
    float heard = heardBy(i);
    float x = at.x;
    // Around the middle whole waves only, or there would be a seam.
    vec4 waves = closed ? vec4(n < 3.5 ? 1.0 : 2.0, 3.0, 5.0, 2.0) : vec4(1.1 + 0.14 * n, 2.3, 5.0, 1.7);
    float swing = 0.30 * sin(x * waves.x + time * (0.9 + 0.07 * n) + n * 0.9)
      + 0.16 * sin(x * waves.y - time * 1.3 + n * 1.7) + (0.04 + 0.10 * heard) * sin(x * waves.z + time * 2.1 + n * 2.3);
    float centre = bent * swing + 0.16 * tight * (n - 3.5) * (0.55 + 0.25 * sin(time * 0.5));
    // The ribbon turns about its own line: its half width is the sine of that turn.
    float turn = x * waves.w + time * 0.8 + n * 0.55 + 0.6 * sin(x * (closed ? 1.0 : 0.8) - time * 0.6);
    float half_ = width * (0.006 + (0.10 + 0.05 * heard) * abs(sin(turn)));
    float across = (at.y - centre) / half_;
    float edge = fwidth(across) * 1.2;
    // What is thinner than a pixel hides less; in the middle of rings there is nothing.
    float inside = smoothstep(1.0 + edge, 1.0 - edge, abs(across)) / max(edge, 1.0) * open_;
    float face = across * clamp(5.0 * sin(turn), -1.0, 1.0);
    vec3 hue = mix(low, high, share);
    hue = mix(hue, hued(vec3(0.55, 0.25, 1.0), hueTurn), 0.75 * (1.0 - abs(share * 2.0 - 1.0)));
    hue = mix(hue, hue.brg, 0.14 * sin(turn * 0.5 + n));
    float fold = pow(max(0.0, 1.0 - abs(face - 0.45 * sin(turn * 2.0 + time))), 3.0);
    hue = mix(hue, hue * hue, 0.55);
    vec3 silk = hue * (0.10 + 0.34 * (0.5 + 0.5 * face) + 0.15 * abs(cos(turn)));
    // Threads, where there is room for them, and the sheen that wanders over them.
    float thread = across * 52.0, fine = smoothstep(1.6, 0.5, fwidth(thread));
    float sheen = 0.5 + 0.5 * sin(x * 9.0 + 3.0 * face + 2.0 * sin(x * 2.3 + n) - time);
    silk *= 1.0 + fine * (0.07 * sin(thread * 1.7) * (0.4 + 0.6 * sheen) + 0.18 * (sheen - 0.5));
    silk += (0.8 * hue + 0.25) * fold * (0.5 + 0.65 * heard);
    silk += hue * 0.5 * smoothstep(0.75, 1.0, abs(across)) * (0.6 + 0.6 * heard);
    // What lies above throws a shadow on what is below, and a little light around.
    float shade = exp(-14.0 * max(abs(at.y - centre + 0.03) - half_, 0.0));
    colour *= 1.0 - 0.45 * shade * (1.0 - inside) * open_;
    colour = mix(colour, silk, inside * 0.94);
    colour += open_ * hue * 0.055 * (0.6 + 1.5 * heard) * exp(-9.0 * max(abs(at.y - centre) - half_, 0.0));
  }
  return colour;
}
// What lies far behind them: veils out of focus, and motes of light where the map is flat.
vec3 behind(vec2 at, bool flat_) {
  vec3 colour = mix(vec3(0.010, 0.012, 0.035), vec3(0.035, 0.012, 0.04), 0.5 + 0.5 * at.y);
  for (int i = 0; i < 3; i++) {
    float n = float(i);
    float off = at.y + 0.5 * (n - 1.0) - 0.35 * sin(0.8 * at.x + 0.4 * time + 2.1 * n) - 0.15 * sin(2.1 * at.x - 0.5 * time + n);
    float wide = 0.16 + 0.10 * sin(1.3 * at.x + 0.6 * time + 1.7 * n);
    colour += mix(low, high, 0.5 * n) * (0.035 + 0.10 * heardBy(2 * i + 1)) * exp(-off * off / (wide * wide));
  }
  for (int i = 0; i < (flat_ ? 2 : 0); i++) {
    vec2 cell = at * (3.0 + 2.5 * float(i)) + vec2(0.22 * time, 0.05 * time) * (1.0 + float(i)), own = floor(cell);
    float random = hash(own + 31.0 * float(i));
    vec2 away = fract(cell) - 0.5 - 0.28 * vec2(sin(6.28 * random), cos(40.0 * random));
    float size = 0.02 + 0.16 * fract(random * 7.3) * (1.0 - 0.5 * float(i));
    float disc = smoothstep(size, 0.6 * size, length(away));
    colour += disc * step(0.75, random) * mix(high, low, fract(random * 3.1)) * (0.03 + 0.16 * iEnvelopes[5 + i]);
  }
  return colour;
}
vec4 shown(vec3 colour, vec2 fragCoord) {
  colour *= (1.0 + (0.12 - 0.08 * around) * exp(-5.0 * iBeatPhase)) * (1.0 + 0.35 * iDrop + 0.7 * landing);
  // As bright as the song is loud.
  colour *= mix(0.3, 1.25, smoothstep(-42.0, -9.0, iLoudness));
  colour = 1.0 - exp(-1.7 * colour);
  return vec4(pow(colour, vec3(0.85)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
mat2 turned(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y, screen = uv;
  begin();
  float tight = 1.0, far = 1e3;
  uv = turned(0.5 * sin(2.3 * turns()) + 0.16 * sin(0.13 * iTime)) * uv * (1.0 - 0.2 * sin(1.7 * turns()));
  bool closed = kind > 1.5 && kind < 2.5;
  float open_ = closed ? smoothstep(0.05, 0.30, length(screen)) : 1.0;
  if (kind > 0.5 && kind < 1.5) uv = vec2(-uv.y * 0.8, uv.x * 0.62);
  else if (closed) {
    // Around the middle, which none of them reaches, and which shines through.
    far = length(uv);
    uv = vec2(atan(uv.x, uv.y) / 0.9, 0.72 * log((far + 1e-4) / 0.74));
    tight = 0.62;
  } else if (kind > 2.5 && kind < 3.5) {
    float depth = 0.35 + 0.75 * smoothstep(-1.9, 1.9, uv.x);
    uv = vec2(1.6 * log(depth) * 2.0, (uv.y + 0.25 * uv.x) / (1.5 * depth));
  } else if (kind > 3.5 && kind < 4.5) uv = mat2(0.88, 0.47, -0.47, 0.88) * uv * 0.45 + vec2(0.2, 0.05);
  else if (kind > 4.5) {
    // A river of them, from below the eye to where it ends in light.
    float under = max(0.42 - uv.y, 1e-3);
    open_ = smoothstep(0.03, 0.22, under);
    far = length(vec2(0.45 * uv.x, uv.y - 0.42));
    uv = vec2(0.9 / (under + 0.25), uv.x * 0.50 / (under + 0.16));
    tight = 3.0;
  }
  uv.y *= 1.0 - 0.4 * landing;
  vec3 colour = behind(screen, true);
  colour += 0.05 * mix(high, low, 0.5 + 0.3 * screen.x) * exp(-2.5 * screen.y * screen.y) * (0.5 + iEnergy + 2.0 * landing);
  vec3 hot = mix(low * low, vec3(1.0, 0.6, 0.3) * dot(low, vec3(0.33)), 0.3);
  colour += hot * (exp(-4.0 * far) + 1.5 * exp(-14.0 * far)) * (0.10 + 0.55 * iEnergy + 0.45 * iEnvelopes[0] + 1.2 * landing);
  colour = ribbons(colour, vec2(0.9 * uv.x, uv.y), tight, open_, closed, closed ? 0.55 : kind > 4.5 ? 0.5 : 1.0);
  fragColor = shown(colour * (1.0 - 0.10 * dot(screen, screen)), fragCoord);
}

// All around they are rings about the viewer, each part of the song about another axis, whose ends they leave free.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  begin();
  around = 1.0;
  vec3 ray = fragRayDir;
  vec3 colour = behind(vec2(2.0 * ray.x + sin(3.0 * ray.z), 2.0 * ray.y + 0.8 * ray.z), false);
  colour += 0.05 * mix(high, low, 0.5 + 0.4 * ray.x) * exp(-2.0 * ray.y * ray.y) * (0.5 + iEnergy + 2.0 * landing);
  // From level over aslant to upright.
  float lean = kind < 0.5 ? 0.25 : kind < 1.5 ? 1.25 : kind < 2.5 ? 0.0 : kind < 3.5 ? -0.7 : 0.45;
  ray.xy = turned(lean + 0.4 * sin(2.3 * turns()) + 0.16 * sin(0.13 * iTime)) * ray.xy;
  // Rings lie about a point ahead.
  if (kind > 1.5 && kind < 2.5) ray.yz = turned(1.2) * ray.yz;
  // Mercator's map: a bend is as wide as it is high wherever it lies.
  float around = atan(ray.x, -ray.z), level = atanh(clamp(ray.y, -0.999, 0.999));
  // Some are far behind and near ahead; others are near all around.
  float grown = kind > 2.5 && kind < 3.5 ? 1.0 + 0.55 * cos(around) : kind > 3.5 ? 1.6 : kind > 0.5 && kind < 1.5 ? 1.35 : 1.15;
  float ends = smoothstep(2.6, 1.9, abs(level));
  vec2 at = vec2(around, level / grown * (1.0 - 0.3 * landing));
  colour = ribbons(colour, at, 1.0, ends, true, 1.0);
  fragColor = shown(colour, fragCoord);
}
