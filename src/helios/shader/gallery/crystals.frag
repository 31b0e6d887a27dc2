// Crystals in six views that change with the acts of the song: a gem that fills the picture, a cave of points, a lattice
// from inside, a field from above, rings around a sun; a drop shatters the gem, and its shards come back.
// helios: float speed = 1.0 [0, 4] How fast it moves
// helios: color core = #ff3f9e Colour of the light inside
// helios: color shell = #38b6ff Colour of the surface
// helios: color deep = #1b1040 Colour of the nebula

const float TAU = 6.2831853;
const int GEM = 0, CAVE = 1, LATTICE = 2, FIELD = 3, RINGS = 4, SHARDS = 5;
float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
float hash3(vec3 p) {
  p = fract(p * 0.1031);
  p += dot(p, p.zyx + 31.32);
  return fract((p.x + p.y) * p.z);
}
float noise(vec3 p) {
  vec3 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  vec4 low = vec4(hash3(i), hash3(i + vec3(1, 0, 0)), hash3(i + vec3(0, 1, 0)), hash3(i + vec3(1, 1, 0)));
  vec4 top = vec4(hash3(i + vec3(0, 0, 1)), hash3(i + vec3(1, 0, 1)), hash3(i + vec3(0, 1, 1)), hash3(i + vec3(1, 1, 1)));
  vec4 both = mix(low, top, f.z);
  return mix(mix(both.x, both.y, f.x), mix(both.z, both.w, f.x), f.y);
}
// Loops here are tested at their end: where there is no GPU, one that is tested at its head goes through its body once
// more than it counts.
// Nearly sin(6.28 * x).
vec3 wave(vec3 x) { x = fract(x) - 0.5; return x * (16.0 * abs(x) - 8.0); }
float wave(float x) { return wave(vec3(x)).x; }
// Nearly exp(-x * x), and nearly exp(-x) from 0 on; the cosine and sine of any angle. No other work is done as often.
vec3 bell(vec3 x) { x = max(1.0 - 0.25 * x * x, 0.0); x *= x; return x * x; }
vec3 fade(vec3 x) { return 1.0 / (1.0 + x * (1.0 + x * (0.48 + 0.235 * x))); }
vec2 heading(float a) {
  a -= TAU * floor(a / TAU + 0.5);
  float h = 0.25 * a * a, up = 0.5 * a * (945.0 - h * (105.0 - h)), down = 945.0 - h * (420.0 - 15.0 * h), u = up * up, d = down * down;
  return vec2(d - u, 2.0 * up * down) / (d + u);
}
// The angle of a direction, in turns.
float turnOf(vec2 v) {
  vec2 both = abs(v);
  float a = min(both.x, both.y) / max(max(both.x, both.y), 1e-6), b = a * a;
  a *= 0.15915 + b * (b * (0.025356 - 0.0074 * b) - 0.052143);
  if (both.y > both.x) a = 0.25 - a;
  if (v.x < 0.0) a = 0.5 - a;
  return v.y < 0.0 ? -a : a;
}
// A vector that is nearly one long, made so.
vec3 unit(vec3 v) { return v * (1.5 - 0.5 * dot(v, v)); }
mat2 turned(float a) { vec2 h = heading(a); return mat2(h, -h.y, h.x); }

// Which view it is, how often all were seen, the time that its things turn by, and its colours.
// All around one goes slower, and stones go with how loud it is more than with their band, lest they flicker where one has turned to.
float around = 0.0;
float heardBy(int band) { return mix(iEnvelopes[band], 0.4 * iEnergy, 0.8 * around); }
int view;
float round_, time, landing, spread;
mat2 tilt;
vec3 warm, cool, dark;
vec3 hued(vec3 colour, float angle) {
  vec2 h = heading(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * h.x + cross(grey, colour) * h.y + grey * dot(grey, colour) * (1.0 - h.x), 0.0);
}
void begin() {
  view = int(mod(iAct, 6.0));
  round_ = floor(iAct / 6.0);
  if (iDrop > 0.5 && iActInSection < 0.5) view = SHARDS;
  time = speed * (1.0 - 0.6 * around) * (0.22 * iTime + 0.45 * iAmplitudeTime);
  landing = iDrop * exp(-10.0 * iSectionProgress);
  // A drop throws the shards apart; they come back before its first act ends.
  spread = iDrop > 0.5 && iActInSection < 0.5
    ? 0.36 + 2.6 * (1.0 - exp(-(26.0 - 17.0 * around) * iActProgress)) * (1.0 - smoothstep(0.45, 0.97, iActProgress))
    : 1.5 - 0.9 * cos(TAU * iActProgress);
  tilt = turned(0.35 + 0.2 * sin(0.3 * time));
  // Of the light, of the surface and of the dark, turned from the parameters' hues.
  const vec3 TURNS[6] = vec3[6](vec3(0), vec3(1.15, -0.5, -0.4), vec3(1.35, 1.9, 0.5), vec3(-2.6, -0.2, -0.5), vec3(0.6, 0.0, 0.9), vec3(-1.3, -0.4, 0.0));
  vec3 turn = TURNS[iDrop > 0.5 && iActInSection < 0.5 ? 0 : int(mod(iAct + round_, 6.0))];
  warm = hued(core, turn.x);
  cool = hued(shell, turn.y);
  dark = hued(deep, turn.z);
}

// What is mirrored and seen through facets: lamps of three colours, and panes between them.
vec3 lamps(vec3 ray) {
  vec3 colour = dark * (0.18 + 0.5 * smoothstep(-0.6, 0.9, ray.y));
  float white = dot(ray, normalize(vec3(0.45, 0.75, 0.45))), pink = dot(ray, normalize(vec3(-0.85, 0.25, 0.35)));
  float blue = dot(ray, normalize(vec3(0.5, -0.45, -0.75))), back = dot(ray, normalize(vec3(-0.3, 0.5, -0.8)));
  vec4 lobes = clamp((vec4(white, pink, blue, back) - vec4(0.90, 0.80, 0.75, 0.86)) * vec4(16.0, 6.0, 5.0, 11.0), 0.0, 1.0);
  colour += vec3(3.6, 3.5, 3.4) * lobes.x + warm * (2.4 * lobes.y + 0.6 * lobes.w) + cool * (2.1 * lobes.z + 0.6 * lobes.w);
  vec3 waves = wave(ray * vec3(1.432, 1.751, 1.273) + vec3(0.0955, 0.175, 0.318) * time);
  float pane = waves.y * (waves.x + waves.z);
  return colour + cool * clamp(pane * 1.6 - 0.6, 0.0, 0.6) + warm * clamp(-pane * 1.6 - 0.8, 0.0, 0.5);
}
// Faces come in pairs about the middle, and in groups of three: of a column its sides, and those of its points; of a cut
// gem those across its axes, those between two of them, and its corners, of which one is a group of its own.
struct Stone {
  vec3 at;
  mat3 frame;
  // How far from the middle the faces are: of a column its sides and points; of a gem across its axes, between them, at corners.
  vec3 wide;
  float seed;
  bool gem;
};
int groups(bool gem) { return gem ? 5 : 3; }
vec2 parts(bool gem, float group) {
  float sign_ = group < 1.5 ? 1.0 : -1.0;
  if (group < 0.5) return vec2(1, 0);
  if (!gem) return vec2(0.8192 * sign_, 0.5736);
  return group < 2.5 ? vec2(0.70711 * sign_, 0.70711) : vec2(group < 3.5 ? -1.1547 : 0.0, 0.57735);
}
// How much of a vector goes along the normals of a group.
vec3 along(bool gem, float group, vec2 part, vec3 v) {
  vec3 sides = gem ? v : vec3(v.x, 0.5 * v.x + 0.8660 * v.z, 0.8660 * v.z - 0.5 * v.x), other = gem ? group < 2.5 ? v.yzx : vec3(v.x + v.y + v.z) : vec3(v.y);
  return part.x * sides + part.y * other;
}
// The normal of a face by its number.
vec3 faceOf(bool gem, float face) {
  float group = floor((face + 0.5) / 3.0), i = face - 3.0 * group;
  vec3 one = vec3(i < 0.5, i > 0.5 && i < 1.5, i > 1.5);
  vec2 part = parts(gem, group);
  return part.x * (gem ? one : vec3(one.x + 0.5 * (one.y - one.z), 0.0, 0.8660 * (one.y + one.z))) + part.y * (gem ? group < 2.5 ? one.zxy : vec3(1) : vec3(0, 1, 0));
}
// How far from the middle the faces of a group are.
vec3 off(Stone stone, float group) {
  float wide = group < 0.5 ? stone.wide.x : group < 2.5 ? stone.wide.y : stone.wide.z;
  return wide * (0.90 + (stone.gem ? 0.10 : 0.22) * fract(0.618 * (vec3(0, 1, 2) + 3.0 * group) + 7.0 * stone.seed)) + (group > 3.5 ? vec3(0, 1e3, 1e3) : vec3(0));
}
// Where a ray in a stone leaves it: how far that is, at which face, and the same of the face that is next to it.
struct Exit { float far, next; vec3 wall, beside; };
Exit leaves(Stone stone, vec3 o, vec3 d, int count) {
  vec4 best = vec4(1e3, 1e3, 0, 0);
  int i = 0;
  do {
    float group = float(i);
    vec2 part = parts(stone.gem, group);
    vec3 steep = along(stone.gem, group, part, d), from = along(stone.gem, group, part, o);
    steep = 1.0 / (mix(vec3(-1), vec3(1), greaterThan(steep, vec3(0))) * max(abs(steep), 1e-5));
    vec3 out_ = off(stone, group) * abs(steep) - from * steep;
    float face = 3.0 * group;
    best = out_.x < best.x ? vec4(out_.x, best.x, face, best.z) : out_.x < best.y ? vec4(best.x, out_.x, best.z, face) : best;
    best = out_.y < best.x ? vec4(out_.y, best.x, face + 1.0, best.z) : out_.y < best.y ? vec4(best.x, out_.y, best.z, face + 1.0) : best;
    best = out_.z < best.x ? vec4(out_.z, best.x, face + 2.0, best.z) : out_.z < best.y ? vec4(best.x, out_.z, best.z, face + 2.0) : best;
    i++;
  } while (i < count);
  vec3 wall = faceOf(stone.gem, best.z), beside = faceOf(stone.gem, best.w);
  return Exit(best.x, best.y, dot(wall, d) < 0.0 ? -wall : wall, dot(beside, d) < 0.0 ? -beside : beside);
}
// How far it is to leave one face rather than the next grows so from place to place.
vec3 growth(Exit exit, vec3 d) { return exit.wall / max(dot(exit.wall, d), 1e-4) - exit.beside / max(dot(exit.beside, d), 1e-4); }
// The same, for a place on a wall that a ray through it was thrown to.
vec3 carried(vec3 grow, vec3 d, vec3 wall) { return grow - wall * dot(grow, d) / max(dot(wall, d), 1e-3); }
mat3 stand(vec3 axis, float spin) {
  vec3 u = normalize(abs(axis.y) < 0.9 ? vec3(-axis.z, 0.0, axis.x) : vec3(0.0, axis.z, -axis.y));
  vec3 v = cross(u, axis);
  vec2 turn = heading(spin);
  vec3 x = u * turn.x + v * turn.y;
  return mat3(x, axis, cross(x, axis));
}
// The nearest stone on a ray, where the ray enters it, and how much of the pixel it covers.
vec3 eye, ray;
// Where the viewer stands, between the eyes.
vec3 stands;
float pixel, near, cover, halo, last;
Stone found;
uvec2 within;
// Whether the ray goes through a ball; around it there is light.
bool reaches(vec3 at, float big, float seed) {
  vec3 away = at - eye;
  float along = dot(away, ray), gap = dot(away, away) - along * along;
  halo += min(max(along, 0.0), 1.0) / (1.0 + 9.0 * gap * gap / (big * big * big * big)) * 0.6;
  return gap < big * big && along > -big && along - big < near && abs(seed - last) > 1e-6;
}
// The same for a column, of which its ball is mostly empty: whether the ray comes as near to its axis as it is thick there,
// towards its points (that rise 0.81 aside to 1 along, at an edge) less and less, and not only behind what is met already.
bool touches(vec3 at, vec3 axis, float thick, float reach) {
  vec3 away = at - eye, aside = cross(ray, axis);
  float along = dot(away, ray), gap = abs(dot(away, aside)), soft = pixel * max(along + reach, 0.0), wide = 1.3 * thick + soft;
  float slant = dot(aside, aside), sine = sqrt(slant), with_ = dot(axis, ray), long_ = sqrt(slant + with_ * with_);
  float up = dot(away, axis) - along * with_, tip = reach * slant - abs(up) * long_, over = slant - 0.66 * with_ * with_;
  return gap < wide * sine && (over < 0.0 || gap * sqrt(max(over, 0.0)) < 0.81 * tip + soft * slant) && (along - near) * slant - up * with_ < wide * sine * long_ && along > -reach;
}
void meet(Stone stone, float big, bool met) {
  vec3 away = stone.at - eye, o = -away * stone.frame, d = ray * stone.frame;
  float enter = -1e3, leave = 1e3, in_ = 0.0, out_ = 0.0;
  int count = met ? groups(stone.gem) : 0;
  int i = 0;
  do {
    float group = float(i);
    vec2 part = parts(stone.gem, group);
    vec3 steep = along(stone.gem, group, part, d), from = along(stone.gem, group, part, o);
    steep = 1.0 / (mix(vec3(-1), vec3(1), greaterThan(steep, vec3(0))) * max(abs(steep), 1e-5));
    vec3 wide = off(stone, group) * abs(steep), low = -wide - from * steep, high = wide - from * steep;
    float first = max(low.x, max(low.y, low.z)), last_ = min(high.x, min(high.y, high.z)), face = 3.0 * group;
    if (first > enter) { enter = first; in_ = face + (first == low.x ? 0.0 : first == low.y ? 1.0 : 2.0); }
    if (last_ < leave) { leave = last_; out_ = face + (last_ == high.x ? 0.0 : last_ == high.y ? 1.0 : 2.0); }
    i++;
  } while (i < count);
  vec3 a = faceOf(stone.gem, in_), b = faceOf(stone.gem, out_);
  float steepA = dot(a, d), steepB = dot(b, d);
  // How fast the way through it grows across the ray: a silhouette is as soft as a pixel.
  vec3 grow = leave * b / (abs(steepB) < 1e-5 ? 1e-5 : steepB) - enter * a / (abs(steepA) < 1e-5 ? 1e-5 : steepA);
  grow -= d * dot(grow, d);
  float there = clamp(0.5 + (leave - enter) / max(length(grow) * pixel, 1e-6), 0.0, 1.0);
  // A face that is seen edge-on is entered far from the stone.
  if (met && there > 0.0 && leave - enter > -0.04 * big && enter > 0.03 && enter < near && abs(enter - dot(away, ray)) < big) { near = enter; cover = there; found = stone; }
}

// One stone, or its shards, with what goes around it; or rings. Where they are, how thick, and how long for that.
int swarm() { return view == GEM ? 15 : view == RINGS ? 34 : view == SHARDS ? 26 : 0; }
float angleOf(int i) {
  float n = float(i);
  if (view == RINGS) return i > 15 ? n / 18.0 * TAU - 0.22 * time : n / 16.0 * TAU + 0.34 * time;
  return 2.39996 * n + 0.25 * time;
}
// Of the inner and the outer ones: how far away and how big the first is, and what chance and the song add to that.
vec4 far_[2], big_[2];
float between;
void layOut() {
  between = view == GEM ? 1.0 / 15.0 : 1.0 / 26.0;
  // A cut gem; every second time a column that is seen from near.
  far_ = vec4[2](vec4(2.1, 1.2, 0.0, 0.0), vec4(2.1, 1.2, 0.0, 0.0));
  big_ = vec4[2](vec4(0.13, 0.12, 2.2, 1.0), vec4(0.13, 0.12, 2.2, 1.0));
  if (view == SHARDS) {
    far_ = vec4[2](vec4(0.55, 0.75, 0.0, 0.0) * spread + vec4(0, 0, 0.12, 0), vec4(0.55, 0.75, 0.0, 0.0) * spread + vec4(0, 0, 0.12, 0));
    big_ = vec4[2](vec4(0.18, 0.30, 1.1, 1.1), vec4(0.18, 0.30, 1.1, 1.1));
  }
  if (view == RINGS) {
    far_ = vec4[2](vec4(1.75, 0.0, 0.25, 0.0), vec4(3.3, 0.0, 0.0, 0.0));
    big_ = vec4[2](vec4(0.20, 0.04, 3.0, 0.0), vec4(0.12, 0.06, 2.2, 0.0));
  }
}
vec3 placeOf(int i, vec2 turn, out vec2 size) {
  float n = float(i), random = fract(0.7549 * n + 0.37 * round_);
  vec4 away = far_[0], big = big_[0];
  if (i > 15) { away = far_[1]; big = big_[1]; }
  float high = view == RINGS ? 0.16 * random - 0.08 : 1.0 - (2.0 * n + 1.0) * between;
  float far = away.x + away.y * random + away.z * mix(heardBy(1), heardBy(5), fract(0.618 * n));
  size = vec2(big.x + big.y * fract(0.5698 * n), big.z + big.w * random);
  if (view == GEM && i == 0) { far = 0.0; size = mod(round_, 2.0) < 0.5 ? vec2(0.62, 1.6) : vec2(0.52, 2.4); }
  vec3 place = vec3(turn * sqrt(1.0 - high * high), high).xzy;
  if (view == RINGS && i > 15) place.yz = tilt * place.yz;
  place *= far;
  if (view == GEM && i == 0) return place;
  // None comes so near that it would be cut by the lens: it goes past a little farther off, in the same direction.
  vec3 gap = place - stands;
  float clear_ = size.x * (0.3 + 1.37 * size.y) + 0.35, near_ = max(dot(gap, gap), 1e-4);
  return stands + gap * sqrt(1.0 + clear_ * clear_ / near_);
}
// Points that grow on the wall of a tube, ring behind ring.
const float WALL = 2.1, RING = 0.85;
// Gems in the corners of a grid, on rods of light; points on a plain, as high as the song's wave is there.
const float CELL = 3.0, HIGHEST = 2.9;
float waveAt(vec2 at, out float band) {
  float out_ = length(at - vec2(0.0, -14.0));
  band = mod(out_ * 0.7, 7.99);
  return 0.5 + 0.5 * wave(0.0668 * out_ - 0.35 * time + 0.25);
}
vec3 meetAll(float far, bool again) {
  near = far;
  cover = 0.0;
  vec3 light = vec3(0);
  layOut();
  // Which of the swarm are reached at all: few, so that only these need be turned and cut.
  uvec2 reached = again ? within : uvec2(0);
  vec2 turn = heading(angleOf(0)), outer = heading(angleOf(16)), by = view == RINGS ? vec2(0.92388, 0.38268) : vec2(-0.73737, 0.67549);
  int count = again ? 0 : swarm();
  int i = 0;
  if (count > 0) do {
    if (view == RINGS && i == 16) { turn = outer; by = vec2(0.93969, 0.34202); }
    vec2 size;
    vec3 at = placeOf(i, turn, size);
    if (reaches(at, size.x * (0.3 + 1.37 * size.y), -2.0)) reached |= i < 32 ? uvec2(1u << uint(i), 0u) : uvec2(0u, 1u << uint(i - 32));
    turn = vec2(turn.x * by.x - turn.y * by.y, turn.x * by.y + turn.y * by.x);
    i++;
  } while (i < count);
  within = reached;
  // A grid is gone through cell by cell; that of the plain has no floors.
  bool plain = view == FIELD, grid = plain || view == LATTICE;
  float side = plain ? 0.8 : CELL, start = plain && eye.y > HIGHEST ? (ray.y < 0.0 ? (HIGHEST - eye.y) / ray.y : 1e3) : 0.0;
  vec3 o = (eye + ray * start) / side, cell = floor(o), forward = vec3(ray.x < 0.0 ? -1.0 : 1.0, ray.y < 0.0 ? -1.0 : 1.0, ray.z < 0.0 ? -1.0 : 1.0);
  vec3 inverse = 1.0 / max(abs(ray), 1e-5), next = (forward * (cell - o) + max(forward, 0.0)) * inverse;
  if (plain) { next.y = 1e6; cell.y = 0.0; }
  int steps = plain ? (start < 60.0 ? 40 : 0) : view == LATTICE ? 15 : 0;
  float onwards = forward.z, first = floor(eye.z / RING) - onwards;
  int slots = view == CAVE ? 28 : 0, slot_ = 0;
  float open_ = 0.7 * inversesqrt(max(1.0 - ray.z * ray.z, 1e-3));
  vec3 slim = inversesqrt(max(1.0 - ray * ray, 1e-6));
  vec2 lean = heading(time), slow = heading(0.7 * time);
  for (int tries = 0; tries < 26; tries++) {
    bool met = false;
    vec3 at = vec3(0), axis = vec3(0, 1, 0);
    vec2 size = vec2(0.2, 2.0);
    float seed = 0.0, spin = 0.0, big = 1.0;
    if (reached != uvec2(0)) do {
      uint bits = reached.x != 0u ? reached.x : reached.y;
      int i = int(log2(float(max(bits & (~bits + 1u), 1u))) + 0.5) + (reached.x != 0u ? 0 : 32);
      if (i < 32) reached.x &= reached.x - 1u; else reached.y &= reached.y - 1u;
      float n = float(i), random = fract(0.7549 * n + 0.37 * round_);
      at = placeOf(i, heading(angleOf(i)), size);
      axis = view == RINGS ? (i > 15 ? vec3(0, 1, 0) : at) : at + 0.8 * wave(vec3(0.159, 0.366, 0.589) * n + 0.159 * time * (0.5 + random));
      if (view == GEM && i == 0) axis = vec3(0.35, 1.0, 0.25);
      spin = time * (0.35 + 0.6 * random * min(n, 1.0)) + n;
      seed = fract(n * 0.618 + 0.05);
      big = size.x * (0.3 + 1.37 * size.y);
      met = abs(seed - last) > 1e-6 && ((view == GEM && i == 0) || touches(at, axis, size.x, 1.37 * size.x * size.y));
    } while (reached != uvec2(0) && !met);
    if (slot_ < slots) do {
      float ring = first + onwards * float(slot_ / 2);
      // Of a ring that is behind, or whose plane is crossed in the open middle, or after the wall, what leans this way is met
      // at the wall.
      float until = (ring * RING + 0.5 * RING - eye.z) / (abs(ray.z) > 1e-4 ? ray.z : 1e-4), most = min(far, 40.0);
      vec2 across = eye.xy + ray.xy * (until < open_ ? most : min(until, most));
      float turned_ = turnOf(across) * 7.0 - 0.37 * ring, slot = floor(turned_ + 0.5);
      if (slot_ % 2 == 1) slot += turned_ > slot ? 1.0 : -1.0;
      slot = mod(slot, 7.0);
      vec2 random = vec2(hash(vec2(slot, mod(ring, 97.0))), hash(vec2(slot + 9.0, mod(ring, 97.0))));
      float angle = (slot + 0.37 * ring + 0.5 * (random.y - 0.5)) / 7.0 * TAU;
      vec3 out_ = vec3(heading(angle), 0.0);
      seed = random.x;
      size = vec2(0.13 + 0.16 * random.x, 3.2 + 1.8 * random.y + 0.6 * mix(heardBy(1), heardBy(5), seed));
      at = out_ * (WALL + 0.05) + vec3(0, 0, (ring + 0.5 + 0.4 * (random.x - 0.5)) * RING);
      axis = vec3(0.35 * (random - 0.5), 0.9 * (random.y - 0.5)) - out_;
      spin = 6.0 * random.x;
      big = size.x * (0.3 + 1.37 * size.y);
      met = dot(across, across) < 200.0 && reaches(at, big, seed) && touches(at, axis, size.x, 1.37 * size.x * size.y);
      slot_++;
      // No point leans further than this from its ring.
      if ((ring * RING + 0.5 * RING - eye.z) * onwards - 1.1 > near * abs(ray.z)) slot_ = slots;
    } while (slot_ < slots && !met);
    if (steps > 0) do {
      vec3 middle = (cell + 0.5) * side;
      vec2 random = vec2(hash3(mod(cell, 61.0)), hash(mod(cell.xz, 61.0) + 31.0));
      float band, high = waveAt(middle.xz, band), heard = heardBy(int(plain ? band : random.x * 7.99));
      seed = random.x;
      at = middle;
      if (plain) {
        at = vec3(middle.x + 0.2 * (random.x - 0.5), 0.0, middle.z + 0.2 * (random.y - 0.5));
        size.x = 0.15 + 0.15 * random.x;
        float tall = 0.6 + 1.2 * random.y * random.y + 1.7 * high * high + 1.1 * heard * high;
        // A column of 0.73 ends in points at 1.
        size.y = 0.73 * min(tall, HIGHEST * 0.97) / size.x;
        axis = vec3(0.16 * (random - 0.5), 1.0).xzy;
        spin = 9.0 * random.x;
        big = size.x * (0.5 + 1.37 * size.y);
      } else {
        size = vec2(0.32 + 0.20 * random.x + 0.10 * heard, 1.0);
        big = size.x * 1.6;
        axis = seed < 0.5 ? vec3(lean.y, 1.6, slow.x) : vec3(lean.x, 1.3, -lean.y);
        spin = seed < 0.5 ? time : -1.3 * time;
        // The rods through its middle, and light that runs on them.
        vec3 away = middle - eye, low = abs(cross(ray, away)) * slim;
        float depth = max(dot(away, ray), 0.3);
        vec3 wide = vec3(0.012 + 0.6 * pixel * depth), lines = bell(low / wide) + 0.13 * fade(low * 9.0);
        float run = 0.5 + 0.5 * wave(dot(cell, vec3(0.13, 0.21, 0.17)) + 0.796 * time);
        float fog = fade(vec3(0.11 * depth)).x * clamp(1.6 * depth - 0.7, 0.0, 1.0) * 0.55;
        light += fog * (warm * lines.x + cool * lines.y + mix(warm, cool, 0.5) * lines.z) * (0.35 + (0.5 + run) * heard);
      }
      met = reaches(at, big, seed) && (!plain || touches(at, axis, size.x, 1.37 * size.x * size.y));
      vec3 nearest = next.x < min(next.y, next.z) ? vec3(1, 0, 0) : next.y < next.z ? vec3(0, 1, 0) : vec3(0, 0, 1);
      float leave = start + dot(next, nearest) * side;
      cell += nearest * forward;
      next += nearest * inverse;
      steps--;
      if (leave > near || (plain && eye.y + ray.y * leave < 0.0)) { steps = 0; }
    } while (steps > 0 && !met);
    if (!met) break;
    Stone stone;
    stone.at = at;
    stone.seed = seed;
    bool cut = view == LATTICE || (view == GEM && size.x > 0.6);
    stone.gem = cut;
    stone.wide = cut ? size.x * vec3(1.5, 1.55, 1.6) : vec3(size.x, size.x * size.y * 0.7, 0.0);
    if (view == LATTICE) stone.wide /= 1.5;
    stone.frame = stand(normalize(axis), spin);
    meet(stone, big, met);
    if (grid && cover >= 1.0) break;
  }
  return light;
}

// What is seen through and in the facets of the stone that was found.
vec3 facets(float glow) {
  Stone stone = found;
  int count = near < 1e3 ? groups(stone.gem) : 0;
  vec3 o = (eye - stone.at) * stone.frame, d = ray * stone.frame;
  Exit entry = leaves(stone, o, -d, count);
  float enter = -entry.far, scale = max(stone.wide.x, 0.1), footprint = pixel * enter;
  vec3 grow = entry.wall * enter / max(-dot(entry.wall, d), 1e-4) + entry.beside * entry.next / max(-dot(entry.beside, d), 1e-4);
  grow -= d * dot(grow, d);
  float rim = (entry.next - entry.far) * enter / max(length(grow), 1e-4), thin = 0.011 * scale + 0.8 * footprint;
  float edge = exp(-rim * rim / (thin * thin)), soft = exp(-rim / (0.16 * scale));
  float bend = stone.gem ? 2.1 : 1.55, heard = heardBy(int(stone.seed * 7.99));
  vec3 tint = mix(cool, warm, fract(stone.seed * 5.0));
  vec3 veil = (1.0 - tint / max(max(tint.r, max(tint.g, tint.b)), 0.01)) * 0.75 / scale, sum = vec3(0);
  // Where an edge goes through a pixel, at the front or at a wall inside, the face on its other side is seen in it too;
  // but for stones of a few pixels, that are all edges.
  float most = clamp(0.06 * scale / footprint - 0.3, 0.0, 0.5);
  vec3 shares = vec3(clamp(0.5 - rim / footprint, 0.0, most), 0.0, 0.0);
  float total = 0.0;
  int other = -1;
  do {
    vec3 face = other == 0 ? entry.beside : entry.wall;
    float share = other < 0 ? 1.0 : shares[other];
    float facing = clamp(-dot(d, face), 0.0, 1.0), away = 1.0 - facing, mirror = away * away;
    mirror = 0.10 + 0.90 * mirror * mirror * away;
    vec3 mirrored = lamps(stone.frame * reflect(d, face));
    // Inside the ray is thrown from face to face; at each a part of it leaves, red less bent than blue.
    vec3 dir = refract(d, face, 1.0 / bend), p = o + d * enter, through = vec3(1), body = vec3(0), before = dir, wall = face;
    float axis = abs(dir.x * p.z - dir.z * p.x) / max(length(dir.xz), 0.05) / scale, way = enter;
    int bounce = 0;
    do {
      Exit exit = leaves(stone, p, dir, count);
      vec3 across = growth(exit, dir);
      if (bounce > 0) across = carried(across, before, wall);
      across = carried(across, d, -face);
      way += max(exit.far, 0.0) / bend;
      float print = length(across) * way * pixel, gap = exit.next - exit.far;
      if (other < 0) { if (bounce == 0) shares.y = clamp(0.5 - gap / print, 0.0, most); else shares.z = clamp(0.5 - gap / print, 0.0, most); }
      wall = other == bounce + 1 ? exit.beside : exit.wall;
      p += dir * exit.far;
      through *= fade(veil * max(exit.far, 0.0));
      float wide = 0.022 * scale + 0.5 * print, crease = gap / wide;
      body += through * mix(cool, vec3(1), 0.4) * bell(vec3(crease)).x * 0.022 * scale / wide * (0.25 + 0.8 * heard) * (bounce == 0 ? 1.0 : 0.5);
      vec3 out_ = refract(dir, -wall, bend);
      float slant = 1.0 - clamp(dot(out_, wall), 0.0, 1.0), slant2 = slant * slant, passes = dot(out_, out_) > 0.1 ? 0.9 - 0.9 * slant2 * slant2 * slant : 0.0;
      vec3 split = 0.07 * (out_ - dir);
      vec3 red = lamps(stone.frame * unit(out_ - split)), blue = lamps(stone.frame * unit(out_ + split));
      body += through * passes * vec3(red.r, 0.5 * (red.g + blue.g), blue.b);
      through *= 1.0 - 0.9 * passes;
      before = dir;
      dir = reflect(dir, wall);
      bounce++;
    } while (bounce < 2);
    body += through * lamps(stone.frame * dir) * 0.7;
    body *= 0.85 + 0.35 * tint;
    body += warm * (exp(-7.0 * axis) * (0.10 + 1.5 * heard) + exp(-2.2 * axis) * (0.05 + 0.35 * heard)) * (stone.gem ? 0.3 : 1.0);
    share = other < 0 ? (1.0 - shares.x) * (1.0 - shares.y) * (1.0 - shares.z) : share;
    sum += share * mix(body, mirrored * 1.2, mirror);
    total += share;
    other = other < 0 && shares.x > 0.02 ? 0 : other < 1 && shares.y > 0.02 ? 1 : other < 2 && shares.z > 0.02 ? 2 : 3;
  } while (other < 3);
  return sum / total + mix(cool, vec3(1), 0.55) * (edge * (0.45 + 1.0 * heard + 0.5 * glow) + 0.08 * soft);
}

// What far stones fade into.
vec3 air() {
  vec3 colour = view == CAVE ? warm * (0.35 + 0.6 * heardBy(1)) + cool * 0.12 : dark * 0.5 + warm * 0.10 * (0.5 + iEnergy);
  return colour;
}
// What lies behind all stones: the sky, the wall of the cave, the plain.
vec3 behind(out float far) {
  far = 1e3;
  vec3 at = ray * 2.1 + 0.03 * vec3(iTime, 0.0, -iTime) + 7.0 * iAct, rough = at * 1.3 + 4.0;
  if (view == CAVE) {
    // Straight ahead the wall is as far as can be.
    float a = max(dot(ray.xy, ray.xy), 1e-6), b = dot(eye.xy, ray.xy), c = dot(eye.xy, eye.xy) - WALL * WALL;
    far = min((-b + sqrt(max(b * b - a * c, 0.0))) / a, 800.0);
    at = eye + ray * far;
    rough = at * 2.6;
  }
  float warp = noise(rough), cloud = noise(view == CAVE ? at * 7.0 : at * 1.7 + 1.9 * warp);
  if (view == CAVE) {
    float vein = smoothstep(0.07, 0.0, abs(warp - 0.5)) * exp(-0.08 * far);
    // Bands go over into each other along the tube, and light runs along it with the beats.
    float place = mod(abs(at.z), 8.0);
    float run = abs(fract(at.z / 9.0 + 0.8 * time) - 0.5) * 9.0;
    return dark * (0.10 + 0.5 * warp * warp) + 0.05 * warm * cloud + vein * mix(cool, warm, cloud) * (0.15 + 1.2 * mix(heardBy(int(place)), heardBy(int(place + 1.0) % 8), fract(place)))
      + warm * 0.22 * exp(-run * run * 1.5) * cloud * (0.3 + heardBy(0));
  }
  float thick = smoothstep(0.30, 0.85, 0.8 * cloud + 0.2 * warp);
  vec3 colour = dark * (0.10 + 0.8 * thick) * 0.7 + warm * warm * 0.32 * thick * thick * thick * (0.4 + iEnergy);
  colour += cool * cool * 0.12 * smoothstep(0.45, 0.9, warp) * (0.4 + heardBy(2));
  vec3 grid = ray * 38.0, own = floor(grid);
  float chance = hash3(own);
  float rare = chance * chance;
  rare *= rare; rare *= rare;
  rare *= rare * rare * rare * rare;
  vec3 star = fract(grid) - 0.25 - 0.5 * vec3(fract(chance * 57.0), fract(chance * 91.0), fract(chance * 133.0));
  colour += rare * exp(-60.0 * dot(star, star)) * (0.8 + iHigh);
  // The plain ends in its own haze.
  if (view == FIELD) colour = mix(colour, air(), exp(-9.0 * max(ray.y, 0.0)));
  if (view == FIELD && ray.y < 0.0) {
    far = -eye.y / ray.y;
    vec3 at = eye + ray * far;
    float band, high = waveAt(at.xz, band);
    vec3 plain = dark * 0.12 + lamps(vec3(ray.x, -ray.y, ray.z)) * 0.05;
    colour = plain + mix(cool, warm, high) * high * high * (0.10 + 0.5 * heardBy(int(band)));
  }
  return colour;
}
float thickness() { return view == CAVE ? 0.0055 : view == LATTICE ? 0.0050 : view == FIELD ? 0.0040 : 0.0; }
vec3 scene() {
  float far, left = 1.0;
  vec3 back = behind(far), colour = vec3(0), light = vec3(0);
  halo = 0.0;
  last = -1.0;
  // A silhouette shows what is behind it in part.
  int layer = 0;
  do {
    float before = halo;
    vec3 rods = meetAll(far, layer > 0);
    if (layer == 0) light = rods; else halo = before;
    if (cover > 0.0) {
      last = found.seed;
      vec3 seen = mix(air(), facets(landing), exp(-thickness() * near * near));
      // What comes too near fades.
      float there = cover * smoothstep(0.05, 0.45, near);
      colour += left * there * seen;
      left *= 1.0 - there;
    } else layer = 2;
    layer++;
  } while (layer < 2 && left > 0.02);
  colour += left * mix(air(), back, far < 900.0 || (view == FIELD && ray.y < 0.0) ? exp(-thickness() * far * far) : view == LATTICE ? 0.25 : 1.0);
  colour += light + mix(cool, warm, 0.6) * halo * (0.15 + 0.3 * iEnergy) * (view == CAVE || view == FIELD ? 0.04 : view == SHARDS ? 0.05 : 0.10);
  if (view == RINGS || view == SHARDS) {
    // The light in the middle.
    vec3 away = -eye;
    float along = dot(away, ray), gap = length(away - ray * along), open_ = near > along ? 1.0 : 0.25;
    if (along > 0.0) colour += open_ * smoothstep(0.0, 1.0, along / length(away)) * (warm * exp(-1.5 * gap) * (0.16 + 0.4 * heardBy(0) + 0.5 * landing) + mix(warm, vec3(1), 0.6) * exp(-9.0 * gap) * (0.5 + 1.3 * heardBy(0) + landing)) * (view == RINGS ? 1.0 : 0.6);
  }
  return colour;
}
vec3 shown(vec3 colour) {
  float light = 1.3 + 0.05 * iEnergy + 0.35 * iDrop + 0.5 * landing;
  // What hears a song that begins loud does so from the second frame on.
  light *= 1.0 + 0.06 * exp(-30.0 * iAmplitudeTime);
  // As bright as the song is loud.
  light *= mix(0.62, 1.05, smoothstep(-42.0, -12.0, iLoudness));
  return pow(1.0 - exp(-light * colour), vec3(0.9));
}
// Where it is seen from, and where it looks; all around, the head turns of itself.
void place(bool all, out vec3 at, out float yaw, out float pitch, out float wide) {
  float there = smoothstep(0.0, 1.0, iActProgress), way = (all ? 0.42 : 1.0) * (0.9 * speed * iTime + 1.3 * iAmplitudeTime), side = mod(round_, 2.0) < 0.5 ? 1.0 : -1.0;
  yaw = 0.0; pitch = 0.0; wide = 1.25;
  if (view == GEM || view == RINGS || view == SHARDS) {
    float far = view == GEM ? mix(2.9, 1.75, there) : view == RINGS ? mix(5.2, 3.0, there) : mix(2.6, 3.1, there);
    float high = view == GEM ? 0.15 + 0.25 * sin(iTime * 0.21) : view == RINGS ? mix(0.95, 0.30, there) : 0.2;
    if (all) { far = view == GEM ? 1.75 : view == RINGS ? 0.7 : 1.9; high = 0.0; }
    yaw = side * (0.7 * round_ + 0.8 * there + 0.05 * iTime);
    vec2 aside = heading(yaw), up = heading(high);
    at = vec3(aside.y * up.x, up.y, aside.x * up.x) * far;
    pitch = -high;
    if (view == RINGS) wide = 1.5;
  } else if (view == CAVE) {
    at = vec3(0.35 * sin(0.4 * iTime), 0.25 * sin(0.31 * iTime), -way);
    yaw = 0.22 * sin(0.23 * iTime); pitch = 0.15 * sin(0.19 * iTime); wide = 1.1;
  } else if (view == LATTICE) {
    at = vec3(0.35 * way, 0.22 * way, -0.62 * way) * 0.8 + vec3(0.0, 0.0, 1.1);
    yaw = -0.5 + 0.5 * side * there + 0.2 * sin(0.2 * iTime); pitch = 0.25 * sin(0.17 * iTime + 1.0); wide = 1.15;
  } else {
    at = vec3(0.4 * way, all ? 3.2 : mix(3.1, 6.2, side > 0.0 ? there : 1.0 - there), -0.7 * way);
    yaw = -0.4 * side + 0.5 * there; pitch = -mix(0.35, 0.75, side > 0.0 ? there : 1.0 - there); wide = 1.2;
  }
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  begin();
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float yaw, pitch, wide;
  place(false, eye, yaw, pitch, wide);
  stands = eye;
  pixel = 2.0 / (iResolution.y * wide);
  uv = turned(0.12 * sin(0.17 * iTime + iAct)) * uv;
  ray = normalize(vec3(uv, -wide));
  ray.yz = turned(pitch) * ray.yz;
  ray.xz = turned(-yaw) * ray.xz;
  vec3 colour = scene() * (1.0 - 0.10 * dot(uv, uv));
  fragColor = vec4(shown(colour) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  around = 1.0;
  begin();
  float yaw, pitch, wide;
  place(true, eye, yaw, pitch, wide);
  stands = eye;
  pixel = 3.1416 / iResolution.y;
  ray = fragRayDir;
  vec3 from = fragRayOri;
  ray.xz = turned(-yaw) * ray.xz;
  from.xz = turned(-yaw) * from.xz;
  eye += from;
  fragColor = vec4(shown(scene()), 1.0);
}
