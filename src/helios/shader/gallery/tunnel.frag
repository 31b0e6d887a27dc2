// A way through light, driven on by the bass: ribs that are meters of the bands, a corridor with a wet floor, a lattice
// under stars, a twisted hexagon, bare hoops and a canyon of the spectrum take turns with the acts of the song.
// helios: float speed = 1.0 [0, 4] How fast it moves without sound
// helios: float bend = 1.0 [0, 2] How much it winds
// helios: color warm = #ff7a3c Colour of the bass
// helios: color cool = #2f8cff Colour of the treble

const float TAU = 6.2831853;
const int RIBS = 0, CORRIDOR = 1, LATTICE = 2, HEXAGON = 3, HOOPS = 4, CANYON = 5;

float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
float hash(vec3 p) {
  p = fract(p * 0.1031);
  p += dot(p, p.zyx + 31.32);
  return fract((p.x + p.y) * p.z);
}
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
mat2 turned(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
// A colour turned around grey.
vec3 hued(vec3 colour, float angle) {
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}

// A film begins in an even light, which the song takes over.
float awake() { return smoothstep(0.5, 7.0, iTime); }
// All around one goes slower, beside the middle, rings lean aside and meters start aslant, and light goes with how loud it is more
// than with what is heard: one side would be the other in a mirror, and flicker where one has turned to.
float around = 0.0;
// Which of the six ways it is, its two colours, and the moment in which a drop lands.
int kind;
vec3 low, high;
float landing, travel;
void begin() {
  const int ORDER[6] = int[6](RIBS, CANYON, HEXAGON, HOOPS, CORRIDOR, LATTICE);
  kind = ORDER[int(mod(iAct, 6.0))];
  // A drop opens where there is most to see.
  if (iDrop > 0.5 && iActInSection < 0.5) kind = CANYON;
  const float HUES[7] = float[7](0.0, -0.75, 0.45, -0.3, 2.9, -1.0, 2.5);
  float angle = HUES[int(mod(iAct, 7.0))];
  low = hued(warm, angle);
  high = hued(cool, angle);
  low *= low;
  high *= high;
  landing = iDrop * exp(-9.0 * iSectionProgress);
  // It sets off slowly.
  travel = (1.0 - 0.55 * around) * (2.6 * speed * (iTime < 4.0 ? 0.125 * iTime * iTime : iTime - 2.0) + 2.6 * iBassTime * awake());
}
vec2 path(float z) { return bend * vec2(sin(z * 0.13) * 1.9, cos(z * 0.097) * 1.4); }
// Where the eye is beside the path, and where it looks beside the way ahead.
vec2 standing() {
  return kind == RIBS ? vec2(0.35, -0.55) : kind == CORRIDOR ? vec2(0.25, -0.45) : kind == LATTICE ? vec2(-0.5, -0.2)
    : kind == CANYON ? vec2(0.0, -0.25) : kind == HOOPS ? vec2(-0.35, 0.3) : vec2(0);
}
vec2 looking() {
  return kind == RIBS ? vec2(-0.10, 0.20) : kind == CORRIDOR ? vec2(-0.16, 0.10) : kind == LATTICE ? vec2(0.22, 0.14)
    : kind == CANYON ? vec2(0.0, 0.22) : kind == HOOPS ? vec2(0.16, -0.10) : vec2(0.12, 0.05);
}
// How far from the middle a place is, of a wall at 1; what the way has for a section.
float wall(vec2 q, float z) {
  if (kind == RIBS) return length(q) / 1.6;
  if (kind == CORRIDOR) return max(abs(q.x) / 1.7, abs(q.y) / 1.05);
  if (kind == LATTICE) return length(q * vec2(0.46, 0.56));
  if (kind == HEXAGON) {
    q = abs(turned(-0.16 * z) * q);
    return max(q.x * 0.866 + q.y * 0.5, q.y) / 1.4;
  }
  if (kind == CANYON) return max(abs(q.x) / 1.9, -q.y / 0.9);
  return length(q) / 1.9;
}

// The spectrum at a place in [0, 1], between its bars without a step.
float spectrumAt(float place) {
  float bar = 1.0 + 60.0 * clamp(place, 0.0, 1.0), past = smoothstep(0.0, 1.0, fract(bar));
  int i = int(bar);
  vec2 near = vec2(iSpectrum[i - 1] + iSpectrum[i], iSpectrum[i + 1] + iSpectrum[i]);
  return mix(0.5 * mix(near.x, near.y, past), 0.4 * iEnergy, 0.75 * around);
}
float bandOf(float n) { return mix(0.4, mix(iEnvelopes[int(n) & 7], (0.35 + 0.3 * sin(2.4 * n)) * iEnergy, 0.82 * around), awake()); }
// A line of this half width, as soft as a pixel is wide there; what is thinner keeps its light.
float line(float off, float half_, float pixel) {
  float soft = max(pixel, 0.3 * half_);
  return smoothstep(half_ + soft, half_ - soft, abs(off)) * min(1.0, 2.0 * half_ / max(pixel, 1e-5));
}

// What is outside: night with stars, a haze of both colours, and light where the way goes.
vec3 sky(vec3 ray) {
  float up = ray.y;
  vec2 at = ray.xz / (1.2 + abs(up)) * 2.5 + vec2(0.0, 0.01 * travel);
  float haze = noise(at * 1.3 + 2.0 * noise(at * 2.1 + 3.0)) * noise(at * 0.7 + 9.0);
  vec3 colour = mix(low, high, smoothstep(-0.2, 0.7, up)) * (0.05 + 0.9 * haze * haze * (0.35 + iEnergy)) * smoothstep(-0.5, 0.2, up);
  vec3 place = ray * 34.0, own = floor(place), off = fract(place) - 0.5;
  float star = pow(hash(own), 14.0) * exp(-90.0 * dot(off, off));
  colour += star * (1.2 + 2.5 * iHigh);
  // A sun low ahead.
  float away = length(ray - normalize(vec3(0.0, 0.16, 1.0)));
  float size = 0.17 + 0.02 * iEnvelopes[0];
  vec3 sun = mix(low, vec3(1.0, 0.9, 0.75), 0.45);
  float stripes = 0.5 + 0.5 * smoothstep(-0.3, 0.3, sin(150.0 * (up - 0.16)) + 12.0 * (up - 0.13));
  colour = mix(colour, sun * (0.9 + 0.7 * iEnergy + 1.5 * landing) * stripes, smoothstep(size + 0.004, size - 0.004, away));
  colour += low * (0.10 + 0.35 * iEnvelopes[0] + 1.2 * landing) * exp(-5.0 * max(away - size, 0.0));
  return colour;
}
// A bar of the canyon's wall: how high it is there, above the ground.
float barAt(float z, float side) {
  float cell = floor(z * 1.4), random = hash(vec2(cell, side));
  int bar = int(2.0 + 46.0 * random * random);
  return 0.30 + 2.3 * mix(mix(iSpectrum[bar], iEnvelopes[bar / 8], 0.6), 0.4 * iEnergy, 0.87 * around) * (0.75 + 0.5 * hash(vec2(cell, side + 7.0)));
}
vec3 canyonWall(float z, float high_, float side, float pixel, float fog, vec3 behind) {
  float within = abs(fract(z * 1.4) - 0.5), top = barAt(z, side);
  float body = smoothstep(0.46 + pixel, 0.44 - pixel, within) * smoothstep(pixel, -pixel, high_ - top);
  float share = high_ / top, cell = floor(high_ * 9.0), gap = line(fract(high_ * 9.0) - 0.5, 0.38, 9.0 * pixel);
  vec3 tint = mix(low, high, smoothstep(0.0, 1.0, 0.55 * high_ + 0.3 * hash(vec2(floor(z * 1.4), side))));
  vec3 lit = tint * mix(0.55, gap, smoothstep(0.12, 0.03, pixel)) * (0.35 + 1.5 * share * share) + (tint + 0.15) * line(high_ - top + 0.04, 0.03, pixel);
  lit = mix(mix(low, high, 0.3) * (0.12 + 0.25 * iEnergy), lit, fog);
  // Far away, where the way bends, it is lost in the light.
  body *= smoothstep(0.22, 0.42, fog);
  return mix(behind, lit, body) + tint * fog * smoothstep(0.22, 0.42, fog) * 0.16 * exp(-4.0 * max(high_ - top, 0.0)) * smoothstep(0.5, 0.15, within) * (1.0 - body);
}
// Lamps of the corridor's ceiling and strips along its walls, by where a ray meets them.
vec3 ceiling(float x, float z, float pixel) {
  float at = z / 3.0, n = floor(at + 0.5), lamp = line(at - n, 0.16, pixel / 3.0) * line(x, 0.9, pixel);
  return mix(high, vec3(1), 0.25) * lamp * (0.6 + 1.8 * bandOf(n)) + high * (0.05 + 0.25 * exp(-1.6 * abs(3.0 * (at - n))) * exp(-0.8 * abs(x)) * (0.4 + bandOf(n)));
}
vec3 strips(float y, float z, float side, float pixel, float along) {
  float row = (y + 1.05) / 0.35, n = floor(row), off = fract(row) - 0.5;
  float level = bandOf(n + (side > 0.0 ? 3.0 : 0.0));
  // Light runs along them, faster in the higher.
  float run = fract(0.045 * (z - travel) - 0.5 * iBeatPhase * (0.5 + 0.25 * n) + hash(vec2(n, side)));
  float lit = 0.30 + level * (0.6 + (1.5 - 1.1 * around) * pow(run, 5.0));
  vec3 tint = mix(low, high, n / 5.0);
  float dashes = mix(smoothstep(0.46, 0.40, abs(fract(z * 1.5) - 0.5)), 0.9, smoothstep(0.08, 0.45, along));
  return tint * (line(off, 0.10, pixel / 0.35) * dashes * lit * 2.2 + 0.22 * lit * exp(-6.0 * abs(off)));
}

// How far a ray goes, from a distance on, until it meets the wall or passes it within a pixel: how much of the pixel the
// wall then covers, and how fast it comes nearer there. The last time a passed wall does not count.
float reached(vec3 origin, vec3 ray, float pixel, float from, bool last, out float cover, out float nearer) {
  float t = from, before = 0.0, pace = 0.0;
  cover = 1.0;
  nearer = 0.0;
  for (int i = 0; i < 40; i++) {
    vec3 at = origin + ray * t;
    float room = 1.5 * (1.0 - wall(at.xy - path(at.z), at.z)), was = nearer, grain = pixel * t;
    nearer = i > 0 ? (before - room) / pace : 0.0;
    if (!last && was > 0.0 && nearer <= 0.0 && before < grain) {
      cover = clamp(1.0 - before / grain, 0.0, 1.0);
      return t - pace;
    }
    before = room;
    // To where the wall is if it comes nearer as on the last step: what stops short of it stops elsewhere for each number
    // of steps, and breaks lines. What bends away by less than a pixel within a step may be stepped over.
    pace = room > 0.0 ? clamp(room / max(nearer, 1e-4), 0.85 * room, max(3.0 * room, 5.0 * sqrt(grain))) : max(room / max(nearer, 0.02), -abs(pace));
    t += pace;
    if (abs(pace) < 0.5 * grain || t > 60.0) break;
  }
  return t;
}
// What is seen of a place at a distance.
vec3 seenAt(vec3 at, vec3 ray, float t, float pixel, float nearer) {
  vec2 q = at.xy - path(at.z);
  float turn = atan(q.y, q.x) / TAU + 0.5, grain = pixel * t;
  turn = fract(turn + 0.13 * around);
  at.z += around * (kind == CORRIDOR || kind == CANYON ? 0.0 : 0.55 * q.x + 0.25 * q.y);
  // Seen aslant a pixel covers more of what runs along.
  float along = grain * max(1.0 + 0.4 * t, 1.0 / max(nearer, 0.01));
  vec3 colour = vec3(0);
  // The light at the end, for what is closed.
  vec3 ahead = mix(low, high, 0.35 + 0.4 * mix(0.3, iBass, awake()));
  if (kind == RIBS) {
    // Every rib is a meter: its band drives it up on both sides, in segments.
    float n = floor(at.z / 2.5 + 0.5), off = at.z - 2.5 * n, up = abs(fract(turn + 0.25) * 2.0 - 1.0);
    float level = 0.06 + 0.94 * smoothstep(0.05, 0.95, bandOf(n)), steps = 18.0;
    float segment = mix(smoothstep(0.44, 0.36, abs(fract(up * steps) - 0.5)), 0.85, smoothstep(0.01, 0.05, grain));
    float lit = smoothstep(0.02 + 0.10 * around, -0.02 - 0.10 * around, floor(up * steps) / steps - level);
    float tip = exp(-pow((up - level) * 9.0, 2.0));
    vec3 tint = mix(low, high, up);
    colour = tint * line(off, 0.20, along) * segment * (0.34 + lit * (1.1 + 1.6 * tip));
    // The wall between them is dark metal in their light.
    // It closes around: its last plates go over into its first.
    vec2 there = vec2(turn * 60.0, floor(at.z / 2.5) * 7.0);
    float plate = mix(noise(there), noise(there - vec2(60, 0)), smoothstep(0.9, 1.0, turn)) * 0.5 + 0.5;
    // It fades to both sides of where its segments end, and half way to the next rib.
    float thrown = smoothstep(0.10, -0.10, up - level) * max(exp(-2.5 * abs(off)) - 0.044, 0.0);
    colour += tint * plate * (0.15 + 0.64 * thrown);
    colour += high * 0.10 * line(fract(turn * 6.0) - 0.5, 0.03, grain) * (0.3 + iEnergy * awake());
  } else if (kind == CORRIDOR || kind == CANYON) {
    bool canyon = kind == CANYON;
    vec2 half_ = canyon ? vec2(1.9, 0.9) : vec2(1.7, 1.05);
    bool floor_ = -q.y / half_.y > abs(q.x) / half_.x, top = !canyon && q.y / half_.y > abs(q.x) / half_.x;
    vec3 behind = sky(ray);
    if (canyon && t > 55.0) colour = behind;
    else if (floor_) {
      // Wet: what is above is seen in it once more, shaken by ripples.
      vec3 back = vec3(ray.x, -ray.y, ray.z);
      back.xy += 0.035 * (vec2(noise(at.xz * 5.0), noise(at.xz * 5.0 + 7.0)) - 0.5) * smoothstep(0.045, 0.006, along);
      float side = sign(back.x), reach = (side * half_.x - q.x) / (abs(back.x) < 1e-4 ? 1e-4 * side : back.x), lift = reach * back.y;
      float z = at.z + reach * back.z;
      vec3 seen;
      if (canyon) seen = canyonWall(z, lift, side, pixel * (t + reach), exp(-0.035 * (t + reach)), sky(back));
      else if (lift > 2.0 * half_.y) seen = ceiling(q.x + back.x * 2.0 * half_.y / back.y, at.z + back.z * 2.0 * half_.y / back.y, along);
      else seen = strips(lift - half_.y, z, side, pixel * (t + reach), along);
      // Far away what is seen in it is finer than a pixel.
      seen = canyon ? mix(seen, mix(low, high, 0.4) * (0.10 + 0.2 * iEnergy), smoothstep(0.10, 0.35, along)) : mix(seen, 0.12 * low + 0.22 * high, smoothstep(0.03, 0.11, along));
      float wet = 0.25 + 0.55 * pow(1.0 - abs(ray.y), 4.0) + 0.25 * noise(at.xz * 0.9);
      colour = seen * wet;
      float cross_ = max(line(fract(at.x * 1.0) - 0.5, 0.012, grain), line(fract(at.z * 0.7) - 0.5, 0.012, along));
      colour += (canyon ? high : low) * cross_ * (0.15 + 0.5 * iEnergy) * exp(-0.06 * t);
    } else if (top) colour = ceiling(q.x, at.z, along);
    else if (canyon) colour = canyonWall(at.z, q.y + half_.y, sign(q.x), grain, exp(-0.035 * t), behind);
    else colour = strips(q.y, at.z, sign(q.x), grain, along);
  } else if (kind == LATTICE) {
    // Beams around and along, the night between them.
    float n = floor(at.z * 0.5 + 0.5), off = at.z * 0.5 - n;
    float spokes = fract(turn * 12.0) - 0.5, beam = floor(turn * 12.0);
    colour = sky(ray);
    float ring = line(off, 0.05, 0.5 * along), spoke = line(spokes, 0.035, grain);
    float brace = line(abs(spokes) - abs(off), 0.02, max(grain, 0.5 * along)) * 0.7;
    // It ends before its beams are thinner than a pixel.
    float body = max(max(ring, spoke), brace) * smoothstep(40.0, 24.0, t);
    vec3 tint = mix(low, high, 0.5 + 0.5 * sin(2.1 * n));
    float bar = spectrumAt(abs(fract(turn + 0.25) * 2.0 - 1.0));
    vec3 metal = tint * 0.06 + tint * ring * (0.10 + 1.9 * bandOf(n)) + mix(high, low, bar) * spoke * (0.15 + 1.4 * bar) + tint * brace * 0.12;
    colour = mix(colour, metal, body) + tint * 0.10 * bandOf(n) * exp(-10.0 * abs(off));
  } else if (kind == HEXAGON) {
    turn = fract(turn + 0.16 * at.z / TAU);
    float ring = at.z * 1.1, n = floor(ring);
    vec2 cell = vec2(floor(turn * 6.0), n), inside = abs(fract(vec2(turn * 6.0, ring)) - 0.5) * 2.0;
    float random = hash(cell), band = floor(7.9 * random * random), heard = mix(bandOf(band), 0.6 * iEnergy, 0.4);
    float edge = 0.05 + 1.5 * along, blurred = smoothstep(0.3, 1.2, along);
    float panel = smoothstep(1.0, 1.0 - edge, inside.x) * smoothstep(0.96, 0.96 - edge - 0.1, inside.y);
    vec3 tint = mix(low, high, smoothstep(0.2, 0.8, abs(fract(turn + 0.25) * 2.0 - 1.0)));
    float lamp = mix(smoothstep(0.15, 0.8, heard) * step(0.3, hash(cell + 9.0)), 0.4 * smoothstep(0.15, 0.8, 0.5 * iEnergy), blurred);
    // A lamp behind each panel, brightest in its middle, and frames of steel in its light.
    float bulb = 0.45 + 0.9 * (1.0 - dot(inside, inside) * 0.5);
    colour = tint * panel * bulb * (0.12 + 1.3 * lamp);
    float joint = (1.0 - line(1.0 - inside.y, 0.06, 2.2 * along)) * (1.0 - line(1.0 - inside.x, 0.05, 1.3 * grain));
    colour += tint * (1.0 - panel) * joint * (0.1 + mix(bandOf(n), 0.5 * iEnergy, blurred));
  } else {
    // Hoops: thin, each as bright as its own band, and wider where a bar of the spectrum is high.
    float n = floor(at.z / 1.8 + 0.5), off = abs(at.z - 1.8 * n) * 1.6;
    float bar = spectrumAt(abs(fract(turn + 0.25) * 2.0 - 1.0)), wide = 0.6 + 2.0 * bar;
    // What is finer than a pixel is as wide as it and keeps its light.
    float sharp = 90.0 / (wide * wide), blur = 1.0 + sharp * along * along;
    float thin = exp(-sharp / blur * off * off) / sqrt(blur) + 0.22 * exp(-4.0 * off);
    vec3 tint = mix(high, low, fract(n * 0.37));
    colour = tint * thin * (0.7 + 0.5 * bandOf(n) + 0.5 * bar);
    // Between them the night is a wall of beams along the way, each as bright as its bar.
    float beam = pow(0.5 + 0.5 * cos(TAU * 16.0 * turn), 6.0);
    colour += mix(low, high, abs(turn * 2.0 - 1.0)) * (0.02 + (0.08 + 0.5 * beam) * bar);
  }
  // Light that runs ahead with each beat.
  float wave = at.z - travel - 26.0 * iBeatPhase;
  bool closed = kind != CANYON && kind != LATTICE;
  if (closed) colour *= 1.0 + 0.35 * exp(-0.8 * abs(wave)) * (1.0 - iBeatPhase) * awake();
  // What passes near by fills the picture: it is dim, lest it flash.
  colour *= mix(1.0, 0.25 + 0.75 * smoothstep(0.5, 6.0, t), closed ? 1.0 : smoothstep(20.0, 8.0, t));
  if (closed) {
    float fog = exp(-0.06 * t);
    vec3 end = ahead * (0.7 + 0.4 * bandOf(0.0) + 2.2 * landing);
    colour = mix(ahead * 0.05, colour, fog) + end * (0.9 * exp(-0.12 * max(50.0 - t, 0.0)) + 0.25 * smoothstep(6.0, 30.0, t));
  }
  return colour;
}
// What a ray from a place on the way sees; pixel is a pixel's width at a distance of 1.
vec3 scene(vec3 origin, vec3 ray, float pixel) {
  vec3 colour = vec3(0);
  float t = 0.0, left = 1.0, cover, nearer;
  for (int layer = 0; layer < 2; layer++) {
    t = reached(origin, ray, pixel, t, layer > 0, cover, nearer);
    colour += left * cover * seenAt(origin + ray * t, ray, t, pixel, nearer);
    left *= 1.0 - cover;
    if (left < 0.01) break;
  }
  // As bright as the song is loud; a drop is lighter than what was before it.
  return colour * (1.0 + 0.45 * iDrop + 0.8 * landing) * mix(0.62, mix(0.6, 1.0, smoothstep(-44.0, -22.0, iLoudness)) * (0.48 + 0.92 * iEnergy), awake());
}
vec3 shown(vec3 colour, vec2 fragCoord) {
  colour = 1.0 - exp(-2.2 * max(colour, 0.0));
  return pow(colour, vec3(0.8)) + (hash(fragCoord) - 0.5) / 255.0;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  begin();
  vec2 leant = turned(0.2 * sin(iTime * 0.2)) * uv;
  float there = smoothstep(0.0, 1.0, iActProgress);
  vec2 stand = standing() * mix(1.0, 0.55, there);
  vec3 origin = vec3(path(travel) + stand, travel);
  vec3 ahead = normalize(vec3(path(travel + 4.0), travel + 4.0) - origin + vec3(4.0 * looking() + 0.5 * vec2(sin(0.31 * iTime), 0.0), 0.0));
  vec3 side = normalize(cross(vec3(0, 1, 0), ahead));
  // A drop widens what is seen; an act closes in on it.
  float lens = mix(0.95, 1.25, there) - 0.3 * iDrop * exp(-6.0 * iSectionProgress);
  vec3 ray = normalize(leant.x * side + leant.y * cross(ahead, side) + lens * ahead);
  vec3 colour = scene(origin, ray, 1.4 / (iResolution.y * lens)) * (1.0 - 0.12 * dot(uv, uv));
  fragColor = vec4(shown(colour, fragCoord), 1.0);
}

// All around the heading stays: whoever stands inside is carried, not turned nor rolled.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  const vec3 FORWARD = vec3(1, 1, -1);
  around = 1.0;
  begin();
  vec2 aside = kind == CANYON ? vec2(0.75, 0.1) : kind == HEXAGON ? vec2(0.4, -0.5) : kind == CORRIDOR ? vec2(0.6, -0.3) : standing();
  vec3 origin = vec3(path(travel) + aside, travel) + fragRayOri * FORWARD;
  fragColor = vec4(shown(scene(origin, fragRayDir * FORWARD, 3.1 / iResolution.y), fragCoord), 1.0);
}
