// A journey through the stars: past ringed giants, moons, dawns, clouds and galaxies, and in jumps through light.
// helios: float speed = 1.0 [0, 4] How fast it flies
// helios: float stretch = 1.0 [0, 3] How long the streaks are
// helios: color gas = #5a2bd8 Colour of the gas
// helios: color glow = #ff5d7a Colour of its core

const float TAU = 6.2831853;
float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
float hash(vec3 p) {
  p = fract(p * 0.1031);
  p += dot(p, p.zyx + 31.32);
  return fract((p.x + p.y) * p.z);
}
float noise(vec3 p) {
  vec3 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  vec4 low = vec4(hash(i), hash(i + vec3(1, 0, 0)), hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)));
  vec4 top = vec4(hash(i + vec3(0, 0, 1)), hash(i + vec3(1, 0, 1)), hash(i + vec3(0, 1, 1)), hash(i + vec3(1, 1, 1)));
  vec4 both = mix(low, top, f.z);
  return mix(mix(both.x, both.y, f.x), mix(both.z, both.w, f.x), f.y);
}
mat2 turned(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
// Waves without a sine, which costs a processor more than all else here.
vec3 waves(vec3 turns) {
  vec3 t = abs(fract(turns) * 2.0 - 1.0);
  return t * t * (6.0 - 4.0 * t) - 1.0;
}
// Folded sheets, from -1.5 to 1.5.
float folds(vec3 p) {
  p *= 0.15915;
  return dot(waves(p - 0.25), waves(p.yzx));
}
vec3 hued(vec3 colour, float angle) {
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}
// All around one flies slower, light goes with how loud it is more than with what is heard, and a corridor's bars run aslant: it would
// flicker where one has turned to, and one side would be the other in a mirror.
float around = 0.0;
float heardBy(int band) { return mix(iEnvelopes[band], 0.45 * iEnergy, 0.75 * around); }
// Between two notes as well: a step from one to the next is a jagged edge.
float heardAt(float place) {
  float from = clamp(place * 64.0 - 0.5, 0.0, 62.99);
  int low = int(from);
  return mix(mix(iSpectrum[low], iSpectrum[low + 1], smoothstep(0.0, 1.0, from - float(low))), 0.45 * iEnergy, 0.75 * around);
}

const int GIANT = 0, DAWN = 1, GALAXY = 2, MOONS = 3, CLOUDS = 4, RINGS = 5, WARP = 6, CORRIDOR = 7, WORMHOLE = 8;
// What is seen in this act, how far it has come, which way round, and how much light the song gives it.
int kind;
float near, side, force, landing, travel, pixel;
vec3 warm, cool;
void begin(float pixels) {
  float act = iAct, in_ = mod(iActInSection, 5.0), first = act - iActInSection;
  // A drop jumps in one form after another and comes out between; else every third act is a jump.
  kind = in_ == 2.0 ? RINGS : in_ == 4.0 ? GALAXY : WARP + int(mod(first + min(in_, 2.0), 3.0));
  if (iDrop < 0.5) kind = mod(act, 3.0) == 1.0 ? WARP + int(mod(floor(act / 3.0) + 1.0, 3.0)) : int(mod(act - floor((act + 1.0) / 3.0), 6.0));
  near = smoothstep(0.0, 1.0, iActProgress) * 0.5 + 0.5 * iActProgress;
  side = mod(act, 2.0) < 0.5 ? 1.0 : -1.0;
  landing = iDrop * exp(-18.0 * iSectionProgress);
  force = mix(0.45 + 0.4 * smoothstep(0.2, 0.7, iEnergy), 1.0, iDrop);
  travel = (1.0 - 0.5 * around) * speed * (0.10 * iTime + 0.85 * iBassTime);
  pixel = pixels;
  // Pairs of colours that go together, as turns of the two that are given.
  const vec2 PAIRS[6] = vec2[6](vec2(0), vec2(0.70, -0.95), vec2(-0.75, -1.20), vec2(0.45, 0.30), vec2(0.95, -1.45), vec2(-2.55, -0.40));
  vec2 pair = PAIRS[int(mod(act, 6.0))];
  warm = hued(glow, pair.x);
  cool = hued(gas, pair.y);
}

// The worlds of an act: middle and radius.
vec4 world(int i) {
  if (kind == GIANT) return i == 0 ? vec4(side * (1.05 - 0.75 * near), 0.10, -3.5 + near, 1.0)
    : i == 1 ? vec4(side * (-1.5 + 0.2 * near), 0.45 - 0.15 * near, -3.1 + 0.5 * near, 0.13) : vec4(-1.4, -0.2, 2.6, 0.7);
  if (kind == MOONS) return i == 0 ? vec4(side * (2.3 - 0.8 * near), 0.55, -5.2, 2.0)
    : i == 1 ? vec4(side * (-0.2 + 1.5 * near), 0.25 + 0.2 * near, -2.9, 0.26)
    : i == 2 ? vec4(side * (-1.25 - 0.35 * near), -0.55, -2.1 + 0.75 * near, 0.92) : vec4(1.2, -0.3, 3.2, 0.9);
  if (kind == RINGS) return vec4(side * 3.4, -0.24 + 0.12 * near, -5.4, 2.35);
  return vec4(0, -1.17 + 0.07 * near, 0, 1.0);
}
// Grooves of a ring, each finer one only as far as the pixels show it.
vec3 grooves(float r, float blur) {
  return mix(vec3(noise(vec2(r, 1.5)), noise(vec2(r * 4.3, 4.5)), noise(vec2(r * 19.0, 9.5))), vec3(0.5), smoothstep(0.2, 1.2, blur * vec3(1.0, 4.3, 19.0)));
}
// Stars that pass: in each layer one to a cell of angle, running outwards; a layer counts its own turns.
vec3 streaks(vec3 ray, float far, float aside, float rush, float layers, float jumps) {
  vec3 stars = vec3(0);
  float angle = atan(ray.y, ray.x) / TAU;
  far /= 1.1;
  for (float layer = 0.0; layer < layers; layer += 1.0) {
    float turns = travel * (0.45 + 0.05 * mod(layer, 5.0)) + layer / layers;
    float age = fract(turns), round_ = mod(floor(turns), 64.0);
    float cells = 22.0 + 6.0 * mod(layer, 4.0);
    float place = angle * cells + 17.0 * fract(layer * 0.618 + round_ * 0.7549);
    float random = hash(vec2(mod(floor(place), cells), layer + 31.0 * round_));
    float from = (0.04 + fract(random * 7.0)) * (0.10 + 2.7 * age * age);
    float length_ = 0.004 + 0.6 * rush * age * sqrt(age);
    float past = far - from, along = max(abs(past) - length_ * 0.5, 0.0);
    float cell = aside * TAU / 1.1 / cells;
    // As thin as its cell allows: nothing is cut off at a border.
    float size = min((0.0016 + 0.0038 * age) * (0.5 + 0.5 * jumps) + 0.35 * pixel, 0.085 * cell);
    float across = (fract(place) - 0.5 - 0.45 * (fract(random * 13.0) - 0.5)) * cell;
    float off = max(1.0 - 0.12 * (across * across + along * along / (1.0 + 5.0 * jumps)) / (size * size), 0.0);
    float lit = clamp(1.4 * random - 0.4, 0.0, 1.0) * (0.3 + 0.7 * clamp(past / length_ + 0.5, 0.0, 1.0)) * min(3.0 * age, 6.0 - 6.0 * age);
    stars += mix(vec3(0.65, 0.8, 1.0), vec3(1.0, 0.82, 0.7), fract(random * 5.0)) * min(lit, 1.0) * off * off * off * off * off;
  }
  return mix(stars, stars * (0.4 + warm), 0.5 * jumps);
}
// Light that a cloud gives; gas far away is a single layer of it.
vec3 nebula(vec3 ray, vec3 toward, float gasses, out float through) {
  float shine = max(dot(ray, toward), 0.0);
  float fan = shine * shine;
  fan *= fan;
  through = 1.0;
  bool inside = kind == CLOUDS;
  vec3 sum = vec3(0), move = vec3(3.0, 1.7, 0.0) * iAct;
  move.z = inside ? -0.75 * travel - 0.4 * near : move.x;
  float t = inside ? 0.5 : 1.5, last = inside ? 6.0 : gasses > 0.0 ? 1.0 : 0.0;
  for (float i = 0.0; i < last; i += 1.0) {
    vec3 p = ray * t + move;
    float broad = folds(p), mid = folds(2.1 * p.yzx + 1.4 * broad), fine = folds(5.3 * p.zxy + 2.2 * mid + broad);
    float thick = inside ? smoothstep(0.50, 0.84, 0.5 + 0.20 * broad + 0.18 * mid + 0.14 * fine) : smoothstep(0.40, 0.95, 0.5 + 0.26 * broad + 0.16 * mid + 0.10 * fine);
    float edge = thick * (1.0 - thick) * 4.0;
    float pale = 0.0;
    vec3 tint = mix(cool, warm, smoothstep(-0.6, 0.8, broad * 0.5 - mid));
    if (!inside) {
      // Far gas has veins and dust, lest it be a flat stain; where it is thin it takes the other colour.
      float dust = folds(10.0 * p.yxz + 2.6 * fine + broad), grain = folds(21.0 * p.zyx + 2.4 * dust + fine), vein = 1.0 - min(abs(0.5 * fine + 0.4 * dust + 0.25 * grain), 1.0);
      vein *= vein;
      tint = mix(tint, warm, 0.6 * smoothstep(0.5, -0.9, mid + 0.6 * fine));
      thick *= clamp(0.48 + 0.36 * fine + 0.30 * dust + 0.20 * grain, 0.04, 1.5);
      pale = 0.55 * vein * vein * thick;
    }
    vec3 lit = tint * tint * thick * (inside ? 0.12 + 1.5 * fan + 0.22 * iEnergy : 0.45 + 0.35 * iEnergy);
    lit += (0.35 * tint + vec3(0.10, 0.14, 0.20)) * pale;
    if (inside) lit += mix(tint, vec3(1.0, 0.9, 0.8), 0.3) * edge * edge * (0.05 + 0.8 * fan);
    sum += through * lit;
    through *= inside ? 1.0 - 0.62 * thick : 1.0;
    t += 0.5 + 0.22 * t;
  }
  return sum * (inside ? 1.0 : gasses);
}
// A sun, with the star and the streak that a lens makes of it.
vec3 sun(vec3 ray, vec3 toward, float size, vec3 tint) {
  vec3 across = normalize(cross(toward, vec3(0, 1, 0))), up = cross(across, toward);
  vec2 q = vec2(dot(ray, across), dot(ray, up));
  float away = length(q), arms = abs(q.x * q.y) / (away * away + 1e-5);
  float core = exp(-away * away / (size * size) * 1.4);
  float halo = 0.10 * size / (away * away * 4.0 + 0.4 * size);
  float spikes = exp(-9.0 * arms - away / (size * 3.5));
  float streak = exp(-abs(q.y) / (0.12 * size) - 2.6 * abs(q.x));
  return smoothstep(0.0, 0.6, dot(ray, toward)) * (vec3(3.6, 3.2, 2.6) * core + tint * (halo + 0.45 * spikes + 0.55 * streak * (0.6 + heardBy(1))) + mix(tint, vec3(1), 0.5) * 1.1 * exp(-away / (1.5 * size)));
}

// Every act goes through all that is below, as a processor does it anyway: what they have in common is there but once.
vec4 shown(vec3 ray, vec2 fragCoord) {
  bool jumps = kind >= WARP, rocky = kind == MOONS || kind == GIANT, ground = kind == DAWN;
  float aside = max(length(ray.xy), 1e-4), far = acos(clamp(-ray.z, -1.0, 1.0));
  vec3 light = normalize(kind == MOONS ? vec3(0.85 * side, 0.35, 0.22) : kind == RINGS ? vec3(-0.75 * side, 0.30, -0.45) : vec3(-0.75 * side, 0.35, 0.42));
  float dip = acos(1.0 / (1.17 - 0.07 * near)), rise = -0.03 + 0.15 * near;
  if (ground) light = normalize(vec3(0.30 * sin(2.0 * iAct), rise - dip, -1.0));
  if (kind == CLOUDS) light = normalize(vec3(0.35 * sin(1.7 * iAct), 0.10, -1.0));

  // The nearest of the worlds.
  vec3 n = vec3(0, 0, 1), giant = world(0).xyz;
  float covered = 0.0, hit = 1e6, limb = 9.0, edged = 1.0;
  int which = 0, worlds = kind == GIANT ? 3 : kind == MOONS ? 4 : kind == RINGS || ground ? 1 : 0;
  for (int i = 0; i < worlds; i++) {
    vec4 it = world(i);
    float along = dot(it.xyz, ray), off2 = max(dot(it.xyz, it.xyz) - along * along, 0.0), off = sqrt(off2) / it.w;
    float t = along - sqrt(max(it.w * it.w - off2, 0.0));
    float shown_ = along > 0.0 ? smoothstep(1.0, -1.0, (off - 1.0) * it.w / (pixel * along)) : 0.0;
    if (i == 0) limb = along > 0.0 ? off - 1.0 : ground ? 0.17 - 0.07 * near + 0.5 * ray.y : 9.0;
    if (shown_ > 0.0 && t < hit) {
      // Before another world its edge falls off to black, not to the sky.
      edged = covered > 0.0 ? shown_ : 1.0;
      covered = max(shown_, covered);
      hit = t;
      which = i;
      n = (ray * t - it.xyz) / it.w;
    }
  }
  n = normalize(n);
  bool moon = rocky && which > 0;

  // Where its plane is met: of a ring, of a galaxy, of a corridor's floor and ceiling.
  vec3 axis = kind == GIANT ? vec3(0.42 * side, 0.85, 0.10 + 0.22 * near) : kind == GALAXY ? vec3(-0.35 * side, 0.50 + 0.45 * near, 0.55 - 0.15 * near) : vec3(0, 1, 0);
  axis = normalize(axis);
  vec3 middle = kind == GALAXY ? vec3(side * (0.55 - 0.5 * near), 0.12 - 0.05 * near, -2.3 + 0.9 * near) : giant;
  float big = kind == RINGS ? 2.35 : kind == GALAXY ? 1.5 : 1.0;
  if (kind == RINGS) middle.y = -0.24 + 0.12 * near;
  float slope = dot(ray, axis), t = dot(middle, axis) / slope;
  vec3 q = (ray * t - middle) / big;
  float r = length(q);
  float disc = t > 0.0 ? (t < hit ? 1.0 : 1.0 - covered) : 0.0, blur = pixel * abs(t) / (big * max(abs(slope), 0.004));
  // A corridor's, which leans.
  float lean = 0.22 * sin(0.23 * iTime) + (mod(iAct, 4.0) < 1.5 ? 0.0 : 1.5708), c = cos(lean), s = sin(lean);
  vec2 leant = vec2(c * ray.x + s * ray.y, c * ray.y - s * ray.x);
  float high = abs(leant.y), reach = 1.0 / max(high, 0.003);
  vec2 floor_ = vec2(leant.x, -ray.z) * reach;
  floor_.x += around * 0.55 * (leant.y > 0.0 ? floor_.y : -floor_.y);

  // Where the fabric is read that all are made of, how it is stretched, and how it runs.
  vec3 place = n, scale = vec3(2.6), grow = vec3(2.4);
  float run = 0.0, torn = 0.6, drift = 2.0;
  if (worlds > 0 && !moon && !ground) { scale = vec3(2.0, 5.0, 2.0); run = 0.05 * iTime; torn = 0.25; }
  if (ground) {
    float c_ = 0.015 * iTime + 0.05 * travel + 1.3 * iAct, y = cos(c_), x = sin(c_);
    place.yz = vec2(y * n.y + x * n.z, y * n.z - x * n.y);
    scale = vec3(5.5); grow = vec3(2.7); torn = 0.12;
  }
  // A turn that is wound up: of arms, of a throat.
  float l = log(aside / (1.0 - ray.z));
  vec3 u = normalize(cross(axis, vec3(0, 0, 1)));
  vec2 flat_ = vec2(dot(q, u), dot(q, cross(axis, u)));
  float wind = kind == GALAXY ? -2.6 * log(r + 0.07) - 0.10 * iTime : kind == WARP ? 0.25 * sin(0.4 * l - 0.5 * travel) + 0.12 * travel : 1.15 * l + 0.25 * travel;
  vec2 round_ = turned(wind) * (kind == GALAXY ? flat_ / max(r, 1e-3) : ray.xy / aside);
  if (kind == GALAXY) { place = vec3(round_ * (1.2 + 2.6 * r), 4.0 * r); scale = vec3(1.5); }
  if (kind == WARP) { place = vec3(round_, l); scale = vec3(2.2, 2.2, 0.5); grow = vec3(3.7, 3.7, 1.25); run = -0.9 * travel; drift = 1.7; torn = 0.0; }
  if (kind == WORMHOLE) { place = vec3(round_, l); scale = vec3(1.9, 1.9, 1.2); run = -1.7 * travel; torn = 0.55; drift = 2.4; }
  float bars = floor_.x * 3.0, bar = abs(fract(bars) - 0.5), barBlur = 3.0 * pixel * reach * (1.0 + abs(floor_.x));
  if (kind == CORRIDOR) { place = vec3(floor(bars), 7.0 * step(0.0, leant.y), floor_.y); scale = vec3(0.19, 1.0, 0.10); grow = vec3(3.7, 2.0, 2.6); run = 0.9 * travel; drift = 1.8; torn = 0.0; }
  vec3 fabric = vec3(0);
  for (int i = 0; i < 3; i++) {
    float f = noise(place * scale + vec3(0, 0, run) + 3.7 * float(i));
    fabric[i] = f;
    place += torn * (f - 0.5);
    torn *= 0.4;
    scale *= grow;
    run *= drift;
  }
  float broad = fabric.x, mid = fabric.y, fine = fabric.z;
  float turn = abs(atan(round_.x, round_.y)) / 3.14159;
  float note = kind == GIANT ? (r - 1.3) / 1.15 : kind == RINGS ? abs(fract(r * 0.45) * 2.0 - 1.0) : kind == GALAXY ? 0.75 * r
    : kind == CORRIDOR ? 0.02 + 0.7 * abs(fract(floor(bars) * 0.029 + 0.5) * 2.0 - 1.0) : 0.04 + 0.75 * turn;
  float heard = heardAt(note);
  heard *= heard;

  // Points: stars, the lamps of towns, the young stars of arms.
  vec3 points = vec3(0), lamps = vec3(0);
  int sieves = ground || kind == GALAXY ? 3 : 1;
  for (int i = 0; i < sieves; i++) {
    float many = i == 0 ? 46.0 : ground ? (i == 1 ? 115.0 : 260.0) : i == 1 ? 46.0 : 94.0;
    vec3 grid = (i == 0 ? ray : ground ? place : vec3(flat_, 0.003)) * many, own = floor(grid);
    float random = hash(own), soft = max(i == 0 ? 0.10 : 0.13, many * pixel * (i == 0 ? 1.0 : ground ? hit : t / big));
    vec3 cell = fract(grid) - 0.5 - 0.5 * (fract(random * vec3(7.0, 13.0, 29.0)) - 0.5);
    if (i > 0 && !ground) cell.z = 0.0;
    float off = max(1.0 - 0.2 * dot(cell, cell) / (soft * soft), 0.0), lit = off * off * off * off * min(1.0, 0.03 / (soft * soft));
    float bright = clamp(3.6 * random - 2.6, 0.0, 1.0);
    if (i == 0) points = mix(vec3(0.7, 0.85, 1.0), vec3(1.0, 0.8, 0.6), fract(random * 91.0)) * bright * bright * lit * (1.0 + 0.8 * iHigh);
    else {
      // Each with a colour of its own, and of a world below, a band.
      float chance = fract(random * 9.0);
      vec3 tint = ground ? mix(vec3(1.0, 0.62, 0.26), mix(warm, vec3(1.0, 0.9, 0.7), 0.4), chance) * (0.35 + 1.5 * heardBy(int(chance * 7.99))) : mix(vec3(0.8, 0.9, 1.0), warm, chance);
      lamps += tint * lit * clamp(3.0 * random - 1.0, 0.0, 1.0);
    }
  }

  float through, gasses = jumps ? 0.0 : kind == GALAXY ? 0.35 : ground ? 0.5 : 0.8;
  float size = 0.11 + 0.22 * near * near;
  vec2 bend = 0.30 * vec2(sin(0.31 * iTime), cos(0.23 * iTime));
  float throat = kind == WORMHOLE ? smoothstep(size + 0.03, size - 0.01, far) : 0.0;
  if (throat > 0.0) gasses = 2.2;
  vec3 gas_ = nebula(ray, light, gasses, through);
  vec3 colour = vec3(0.002, 0.003, 0.008) + (jumps ? throat : 1.0) * (points * through + gas_);
  float open_ = kind == CLOUDS ? 0.3 + 0.7 * through : 1.0;
  vec3 shine = mix(warm, vec3(1.0, 0.8, 0.6), 0.55);

  // Skins.
  float lit = dot(n, light), facing = max(-dot(n, ray), 0.02), rim = 1.0 - facing;
  rim *= rim;
  vec3 skin;
  float dawn = ground ? exp(-1.5 * dot(ray - light, ray - light)) : 0.0;
  vec3 air = mix(cool * cool + vec3(0.02, 0.07, 0.16), shine, dawn);
  {
    // Of gas, in belts.
    float band = noise(vec2(dot(n, axis) * 7.0 + 1.3 * mid + 0.5 * fine, 2.5));
    vec3 belts = mix(cool * 0.9, warm, smoothstep(0.25, 0.75, band));
    belts = mix(belts, vec3(1.0, 0.88, 0.74), 0.55 * smoothstep(0.35, 0.8, 0.5 * broad + 0.5 * fract(3.0 * band) * (2.0 - 2.0 * fract(3.0 * band))));
    float day = smoothstep(-0.05, 0.55, lit) * (0.35 + 0.65 * max(lit, 0.0));
    float shade = -dot(n, axis) / dot(light, axis), under = length(n + light * shade);
    if (kind == GIANT && shade > 0.0) day *= 1.0 - 0.6 * smoothstep(1.3, 1.4, under) * smoothstep(2.4, 2.3, under) * (0.5 + 0.5 * cos(under * 21.0));
    skin = belts * belts * (0.012 + 1.9 * day) + mix(cool, warm, 0.3) * rim * (0.03 + 1.2 * smoothstep(-0.3, 0.5, lit));
  }
  // Of rock: each crater's wall is lit by how it leans to the light.
  float leans = 0.0;
  int craters = rocky ? 3 : 0;
  float many = 2.6;
  for (int i = 0; i < craters; i++) {
    vec3 own = floor(n * many + 0.5 * float(i));
    float random = hash(own), wide = 0.20 + 0.24 * fract(random * 17.0);
    vec3 from = fract(n * many + 0.5 * float(i)) - 0.5 - 0.2 * (fract(random * vec3(7.0, 13.0, 29.0)) - 0.5);
    float d = length(from) / wide, wall = max(1.0 - abs(d - 0.72) * 3.2, 0.0) - 0.8 * max(1.0 - abs(d - 1.08) * 5.0, 0.0);
    leans += step(0.35, random) * wall * dot(from, light) / (d * wide + 1e-3);
    many *= 2.3;
  }
  if (moon) {
    float day = smoothstep(-0.04, 0.14, lit) * clamp(lit + 0.05 + 0.55 * leans + 0.5 * (mid - 0.5) + 0.35 * (fine - 0.5), 0.0, 1.3);
    skin = mix(vec3(0.72, 0.70, 0.70), shine, 0.25) * (0.55 + 0.5 * smoothstep(0.3, 0.7, broad)) * (1.5 * day + 0.012) + cool * 0.10 * rim * clamp(lit + 0.2, 0.0, 1.0);
  }
  if (ground) {
    float coast = smoothstep(0.38, 0.52, 0.75 * broad + 0.25 * mid), town = coast * smoothstep(0.45, 0.80, mid);
    // Roads are thin lines where the fabric is of one height.
    float wide = 0.012 + 50.0 * pixel * hit / facing, road = max(1.0 - abs(mid - 0.5) / wide, 0.0) + 0.8 * max(1.0 - abs(fine - 0.5) / (1.6 * wide), 0.0);
    vec3 lamp = mix(vec3(1.0, 0.62, 0.26), warm, 0.25);
    skin = vec3(0.004, 0.006, 0.012) + mix(cool, vec3(0.1, 0.2, 0.4), 0.5) * 0.05 * (1.0 - coast);
    skin += coast * lamp * (road * min(1.0, 0.02 / wide) * (0.08 + 0.30 * town) + 0.10 * town) * (0.5 + iEnergy) + coast * (0.06 + town) * 5.0 * lamps;
    skin = mix(skin, cool * cool * 0.10 + air * 0.03, 0.7 * smoothstep(0.50, 0.75, 0.6 * fine + 0.4 * broad) * (1.0 - coast));
    skin += air * exp(-9.0 * facing) * (0.10 + 1.1 * dawn);
  }
  float shell = exp(-(ground ? 26.0 : 16.0) * max(limb, 0.0)), outside = 1.0 - covered;
  if (ground) {
    colour *= 1.0 - 0.7 * shell;
    colour += outside * air * (shell * (0.22 + 1.9 * dawn) + 0.40 * dawn * exp(-6.0 * max(limb, 0.0)));
    colour += outside * cool * 0.5 * (0.2 + heardBy(4)) * max(1.0 - abs(limb - 0.045) * 40.0, 0.0);
  } else if (worlds > 0) {
    vec3 edge = normalize(ray * dot(giant, ray) - giant);
    colour += outside * mix(cool, warm, 0.3) * shell * smoothstep(-0.3, 0.6, dot(edge, light)) * 0.35;
  }
  // A sun far behind shows beside a world; it rises over the edge of one below.
  float sunSize = ground ? 0.052 : kind == CLOUDS ? 0.035 + 0.02 * near : 0.037;
  vec3 suns = sun(ray, light, sunSize, shine) * (ground ? smoothstep(-0.035, 0.02, rise) : kind == CLOUDS ? 0.15 + 0.85 * through * through : kind == MOONS || kind == RINGS ? 1.0 : 0.0);
  if (!ground) colour += suns;
  colour = mix(colour, skin * edged, covered);
  if (ground) colour += suns * (1.0 - 0.75 * covered);
  open_ *= outside;

  // Rings, near and far.
  vec3 groove = grooves(r * (kind == RINGS ? 8.0 : 9.0), blur * 9.0);
  float along = dot(q, light), shadow = along < 0.0 ? smoothstep(0.93, 1.06, length(q - light * along)) : 1.0;
  if (kind == GIANT) {
    float there = smoothstep(1.28, 1.34, r) * smoothstep(2.45, 2.35, r) * (1.0 - 0.92 * smoothstep(0.05, 0.02, abs(r - 1.98)));
    there *= smoothstep(0.25, 0.75, dot(groove, vec3(0.2, 0.5, 0.4))) * disc * 0.95;
    vec3 ice = mix(vec3(1.0, 0.92, 0.82), warm, 0.35) * (0.03 + 0.6 * shadow) + mix(warm, vec3(1), 0.2) * heard * 0.7;
    colour = mix(colour, ice, there);
    open_ *= 1.0 - there;
  }
  if (kind == RINGS) {
    float fall = -ray.y, dust = mix(noise(vec2(r * 400.0, atan(q.z, q.x) * 300.0 + travel * 26.0)), 0.5, smoothstep(0.15, 0.9, blur * 400.0));
    float there = smoothstep(0.22, 0.70, dot(groove, vec3(0.4, 0.4, 0.35))) * smoothstep(1.12, 1.2, r) * smoothstep(9.0, 4.0, r) * disc * smoothstep(0.0, 0.05, fall);
    float sheen = max(dot(normalize(ray.xz), normalize(light.xz)), 0.0);
    sheen *= sheen * sheen;
    vec3 ice = mix(mix(vec3(1.0, 0.9, 0.78), warm, 0.4), mix(cool, vec3(0.7, 0.8, 1.0), 0.3), groove.x) * (0.35 + 0.9 * dust) * (0.02 + (0.34 + 0.9 * sheen * sheen) * shadow);
    ice += mix(warm, cool, fract(groove.x * 3.0)) * heard * (0.5 + 0.9 * force) * (0.5 + dust);
    colour = mix(colour, ice * (0.25 + 0.75 * exp(-0.05 * abs(t))), there * min(1.0, 0.55 + 0.5 * groove.z));
    open_ *= 1.0 - there;
  }
  // Rocks above and below the ring, in layers from afar to near; beside and behind there are none.
  float layers = kind == RINGS ? 5.0 : 0.0;
  for (float i = 0.0; i < layers; i += 1.0) {
    // From the farthest of this moment to the nearest.
    float moved = (0.9 * travel + 0.25 * iTime * speed) * layers, age = (i + fract(moved)) / layers, number = floor(moved) - i;
    float z = 6.5 * (1.0 - age) + 0.12;
    vec2 p = ray.xy / max(-ray.z, 0.1) * z / 1.1, own = floor(p);
    float random = hash(own + mod(number, 97.0) * vec2(13.7, 7.1)), bulk = fract(random * 57.0);
    // They grow out of the distance, solid at once.
    bulk = (0.05 + 0.20 * bulk * bulk) * smoothstep(0.0, 0.2, age) + 1e-3;
    vec3 at = vec3((own + 0.5 + (0.44 - bulk) * 1.6 * (fract(random * vec2(7.0, 13.0)) - 0.5)) * 1.1, -z);
    vec2 d = (ray.xy * (z / max(-ray.z, 0.1)) - at.xy) / bulk;
    // Its lumps move its edge as well.
    float lump = folds(vec3(d * 1.7, 0) + random * 50.0), wide = 1.0 + 0.14 * lump, off = length(d) / wide;
    vec3 m = vec3(d, sqrt(max(wide * wide - dot(d, d), 0.0))) / wide;
    vec3 lumps = m * 3.7 + random * 90.0 + 0.4 * iTime * (random - 0.8);
    float rough = folds(lumps);
    rough = 0.7 * rough + 0.6 * folds(3.7 * lumps.yzx + rough);
    float solid = smoothstep(1.0, -1.0, (off - 1.0) * bulk / (1.2 * pixel * z)) * step(0.45, random) * step(abs(own.y + 0.5), 1.6) * step(ray.z, -0.3);
    vec3 stone = mix(vec3(0.60, 0.54, 0.50), warm, 0.25) * (0.8 + 0.2 * rough) * (1.7 * max(dot(m, light * vec3(1, 1, 0.3)) + 0.20 * rough, 0.0) + 0.015) + cool * 0.02;
    solid *= smoothstep(0.0, 0.02, age) * smoothstep(0.12, 0.5, z) * smoothstep(-0.3, -0.5, ray.z);
    colour = mix(colour, stone, solid);
  }

  // A wheel of stars; its arms carry the spectrum outwards.
  vec3 other = normalize(vec3(0.4, 0.3, 1.0));
  if (kind == GALAXY) {
    float ripe = smoothstep(1.35, 0.15, r), arms = 0.5 + 0.5 * (round_.x * round_.x - round_.y * round_.y) + 0.5 * (broad - 0.5);
    float arm = clamp(arms, 0.0, 1.0);
    arm *= arm * ripe;
    vec3 tint = mix(vec3(1.0, 0.80, 0.55), mix(cool, warm, smoothstep(0.35, 0.65, mid)), smoothstep(0.05, 0.45, r));
    float lane = smoothstep(0.45, 0.75, 0.5 * fine + 0.5 * mid) * smoothstep(0.05, 0.3, r);
    vec3 wheel = tint * arm * (0.35 + 1.6 * mid * mid) * (1.0 - 0.75 * lane) * (0.8 + 1.8 * heard) + tint * 0.10 * ripe * ripe;
    wheel += lamps * (0.10 + arm) * (1.2 + 1.5 * iHigh) * smoothstep(1.3, 0.6, r);
    colour += step(0.0, t) * wheel;
    float toward = dot(middle, ray), bulge = length(middle - ray * toward);
    if (toward > 0.0) colour += vec3(1.0, 0.80, 0.52) * (1.9 * exp(-9.0 * bulge) * (1.0 + 0.7 * heardBy(0)) + 0.10 * exp(-2.2 * bulge)) + 2.0 * exp(-30.0 * bulge);
    float away = length(vec2(dot(ray - other, vec3(0.8, 0.5, 0)), 2.4 * dot(ray - other, vec3(-0.5, 0.8, 0))));
    if (ray.z > 0.0) colour += mix(warm, cool, smoothstep(0.0, 0.3, away)) * (0.9 * exp(-14.0 * away) + 0.25 * exp(-5.0 * away));
  }

  // Jumps: rays of light about the way; bars above and below; a throat of threads. White where strongest, black between.
  vec3 wall = mix(cool, warm, smoothstep(0.35, 0.65, broad + 0.25 * (mid - 0.5))), jump = vec3(0);
  float bass = heardBy(0);
  if (kind == WARP) {
    float beam = smoothstep(0.44, 0.78, 0.45 * broad + 0.55 * mid), thread = smoothstep(0.30, 0.95, 0.35 * mid + 0.65 * fine);
    thread *= thread * thread;
    jump = smoothstep(0.0, 0.5, far) * 2.8 * (wall * wall * beam * (0.55 + 0.9 * heardBy(2) + 1.3 * heard) + mix(wall, vec3(1), 0.45) * thread * (0.5 + 2.6 * heard) * (0.3 + beam));
  }
  if (kind == CORRIDOR) {
    float solid = mix(smoothstep(0.34 + barBlur, 0.26 - barBlur, bar), 0.6, smoothstep(0.2, 1.0, barBlur));
    float sheet = smoothstep(0.40, 0.78, 0.5 * broad + 0.5 * mid), dash = smoothstep(0.40, 0.68, fine);
    // It fills the picture: half of it stands still, lest it flicker.
    float lasting = mix(heard, 0.6 * iEnergy, 0.6);
    vec3 neon = mix(wall, vec3(1), 0.5 * dash * lasting);
    jump = solid * neon * neon * (0.04 + sheet * (0.45 + 0.15 * heardBy(2)) + (0.7 + 1.1 * lasting) * dash * (0.15 + sheet)) * 2.2;
    jump += wall * wall * wall * sheet * (1.0 - solid) * 0.15;
    jump += warm * exp(-0.3 * abs(floor_.y - 18.0 * iBeatPhase)) * (1.0 - iBeatPhase) * 0.2 * bass;
    jump *= exp(-0.05 * reach) * smoothstep(0.0, 0.06, high) * smoothstep(1.2, 0.25, barBlur);
    jump += (mix(warm, vec3(1), 0.5) * exp(-42.0 * high) * (1.1 + 0.2 * bass) + mix(warm, cool, 0.4) * exp(-9.0 * high) * 0.45) * (0.25 + exp(-0.9 * far));
  }
  if (kind == WORMHOLE) {
    float ridge = 1.0 - abs(2.0 * broad - 1.0), small = 1.0 - abs(2.0 * mid - 1.0), hair = 1.0 - abs(2.0 * fine - 1.0);
    ridge *= ridge; ridge *= ridge; ridge *= ridge;
    small *= small; small *= small; small *= small;
    hair *= hair; hair *= hair;
    jump = wall * wall * smoothstep(0.35, 0.8, 0.6 * broad + 0.4 * mid) * (0.5 + 0.5 * heardBy(2)) + mix(wall, vec3(1), 0.35) * ridge * (0.5 + 0.4 * hair) * (0.7 + 1.6 * heardBy(1)) + wall * small * (0.35 + 1.9 * heard) * (0.4 + hair);
    jump *= 0.6 + 2.0 * exp(-1.9 * far);
    float edge = abs(far - size);
    jump = jump * (1.0 - throat) + mix(warm, vec3(1.0, 0.95, 0.9), 0.6) * (1.6 * exp(-far * far * 900.0) + 0.5 * exp(-14.0 * far)) * (0.6 + bass) + mix(warm, vec3(1), 0.55) * exp(-26.0 * edge) * (0.9 + 1.6 * bass) * (1.0 - 0.5 * throat) + warm * 0.5 * exp(-6.0 * edge) * (1.0 - 0.9 * throat);
  }
  if (jumps) {
    float ring = far - 0.05 - 1.9 * iBeatPhase * iBeatPhase, wide = 0.13 + 0.05 * bass;
    if (kind != CORRIDOR) jump += warm * exp(-ring * ring * 60.0) * (1.0 - iBeatPhase) * 0.7 * bass;
    if (kind == WARP) jump += mix(warm, vec3(1.0, 0.95, 0.9), 0.8) * (1.2 + 2.2 * bass) * exp(-far * far / (wide * wide)) + warm * (0.5 + 0.9 * bass + 1.5 * landing) * exp(-far / (1.8 * wide));
    colour += force * (1.0 + 1.1 * landing) * jump;
    open_ = 1.0 - throat;
  }
  // Before a jump, stars are drawn out.
  float drawn = max(smoothstep(0.90, 1.0, iActProgress), 0.7 * iBuild * iBuild);
  float rush = stretch * (jumps ? force * (0.30 + 0.7 * bass + 0.6 * landing) : 0.03 + 0.5 * drawn + 0.08 * iEnergy);
  float passing = kind == RINGS || kind == CORRIDOR ? 0.0 : jumps ? 9.0 : 5.0;
  colour += streaks(ray, far, aside, rush, passing, jumps ? 1.0 : drawn) * (1.4 + 1.2 * iHigh) * open_;
  colour += warm * landing * landing * 0.5 * exp(-3.5 * far);
  float rest = mix(mix(0.25, 1.0, smoothstep(-46.0, -26.0, iLoudness)), 1.0, exp(-4.0 * iAmplitudeTime));
  colour = 1.0 - exp(-1.6 * rest * max(colour, 0.0));
  return vec4(pow(colour, vec3(0.9)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  begin(1.4 / iResolution.y);
  bool jumps = kind >= WARP;
  float lens = kind == DAWN || kind == RINGS || kind == CLOUDS ? 1.35 : 1.65;
  if (jumps) lens = 1.15 - 0.25 * landing;
  uv *= turned((kind == DAWN ? 0.14 : kind == RINGS ? 0.10 : 0.24) * sin(iTime * 0.19 + 2.3 * iAct));
  // Where the flight goes to wanders over the picture, most in a jump.
  float reach = jumps ? 0.26 : 0.09;
  vec3 ray = normalize(vec3(uv, -lens));
  ray.xz = turned(reach * sin(iTime * 0.13 + 2.0 * iAct)) * ray.xz;
  float pitch = kind == DAWN ? -0.36 - 0.10 * near : kind == RINGS ? 0.02 : 0.0;
  ray.yz = turned(pitch + 0.6 * reach * sin(iTime * 0.17 + iAct)) * ray.yz;
  fragColor = shown(ray, fragCoord);
}
// All around, ahead stays ahead: whoever stands inside is carried, not turned.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  around = 1.0;
  begin(3.14159 / iResolution.y);
  fragColor = shown(fragRayDir, fragCoord);
}
