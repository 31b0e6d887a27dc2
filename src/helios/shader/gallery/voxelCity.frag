// A city at night in six views that change with the acts of the song: from the water, low over wet streets, from high
// above, round a corner, up a tower, over the roofs; windows and signs are lit by its bands, and a drop lights them all.
// helios: float speed = 1.0 [0, 4] How fast it flies
// helios: float tall = 1.0 [0.3, 2] How high the houses are
// helios: color haze = #3a2a78 Colour of the air
// helios: color lamp = #ffb35c Colour of the windows
// helios: color neon = #20e0ff Colour of the signs

const int WATER = 0, STREET = 1, ABOVE = 2, CORNER = 3, TOWER = 4, ROOFS = 5, SOAR = 6;
// Blocks of houses between an avenue of two cells and a street of one; between which cells there is a bay.
const vec2 BLOCK = vec2(8, 7);
const float SHORE = -40.0, OTHER = -56.0;
float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
// Nearly exp(-x * x), nearly exp(-x) from 0 on, and nearly sin(6.28 * x): no other work is done as often.
float bell(float x) { x = max(1.0 - 0.25 * x * x, 0.0); x *= x; return x * x; }
float fade(float x) { return 1.0 / (1.0 + x * (1.0 + x * (0.48 + 0.235 * x))); }
float wave(float x) { x = fract(x) - 0.5; return x * (16.0 * abs(x) - 8.0); }
vec2 wave(vec2 x) { x = fract(x) - 0.5; return x * (16.0 * abs(x) - 8.0); }
float ramp(float x) { return clamp(x, 0.0, 1.0); }
// The cosine and sine of an angle of up to half a turn; together they are of length 1 whatever is lost.
vec2 heading(float a) {
  float h = 0.25 * a * a, up = a * (7.5 - 0.5 * h), down = 15.0 - 6.0 * h, u = up * up, d = down * down;
  return vec2(d - u, 2.0 * up * down) / (d + u);
}
mat2 turned(float a) { vec2 h = heading(a); return mat2(h.x, h.y, -h.y, h.x); }
// A colour turned around grey, by the cosine and sine of an angle.
vec3 hued(vec3 colour, vec2 turn) {
  vec3 grey = vec3(0.57735);
  return max(colour * turn.x + cross(grey, colour) * turn.y + grey * dot(grey, colour) * (1.0 - turn.x), 0.0);
}
// Which view it is, how often all were seen; how far it has flown; how much of the city a drop has lit; its colours.
// All around one flies slower, and light goes with how loud it is more than with its band, lest it flicker where one has turned to.
float around = 0.0;
float heardBy(int band) { return mix(iEnvelopes[band], 0.45 * iEnergy, 0.92 * around); }
int view;
float round_, travel, lit, landing, pixel;
vec2 landmark;
vec3 mist, warm, cool, sign_;
void begin() {
  view = int(mod(iAct, 6.0));
  round_ = floor(iAct / 6.0);
  bool first = iDrop > 0.5 && iActInSection < 0.5;
  if (first) view = SOAR;
  travel = (1.0 - 0.7 * around) * (1.1 * speed * iTime + 0.8 * iAmplitudeTime) + (first ? 16.0 * iActProgress : 0.0);
  lit = 0.75 * iDrop;
  landing = iDrop * exp(-9.0 * iSectionProgress);
  landmark = vec2(0.0, -3.0 * iAct);
  // Of the air, of windows and of signs, turned from the parameters' hues.
  const vec2 AIR[6] = vec2[6](vec2(1, 0), vec2(0.878, 0.479), vec2(0.765, -0.644), vec2(0.454, 0.891), vec2(0.622, -0.783), vec2(0.955, 0.296));
  const vec2 PANES[6] = vec2[6](vec2(1, 0), vec2(1, 0), vec2(0.989, 0.149), vec2(0.980, -0.199), vec2(-0.971, 0.239), vec2(0.878, -0.479));
  const vec2 SIGNS[6] = vec2[6](vec2(1, 0), vec2(0.454, 0.891), vec2(0.921, -0.389), vec2(-0.416, 0.909), vec2(0.995, 0.100), vec2(-0.971, 0.239));
  int palette = first ? 0 : int(mod(iAct + round_, 6.0));
  mist = hued(haze, AIR[palette]);
  warm = hued(lamp, PANES[palette]);
  cool = hued(neon, SIGNS[palette]);
  sign_ = hued(vec3(1.0, 0.16, 0.62), normalize(SIGNS[palette] + vec2(1.3, 0.0)));
}
// How high a cell is built; 0 is street, below that water.
float house(vec2 cell) {
  vec2 block = floor((cell + 0.5) * (1.0 / BLOCK)), place = cell - block * BLOCK, middle = abs(place - vec2(4.5, 3.5));
  vec2 chance = fract(vec2(dot(cell, vec2(0.7548777, 0.5698403)), dot(block, vec2(0.8191725, 0.6710436)) + 0.13));
  chance = fract(chance * (chance + 17.31) * 7.13);
  float high = 0.45 + chance.x * (1.7 * chance.x + 2.4 * chance.y * chance.y * chance.y);
  if (max(middle.x, middle.y) < 0.6) high = block == landmark ? 8.0 : chance.y > 0.78 ? 3.5 + 3.5 * chance.y : high;
  float sea = abs(cell.x - 0.5 * (SHORE + OTHER));
  if (min(place.x - 1.0, place.y) < 0.5 || abs(cell.x - 0.5 * (SHORE + OTHER) + 0.5) < 10.0) high = 0.0;
  return sea < 7.5 ? -0.08 : high * tall;
}
// The air, whose glow falls from 1 at the horizon; and what shines in it: stars, and beams that search the sky in a drop.
vec3 air(float up, float glow) {
  float high = ramp(2.222 * up);
  vec3 colour = mix(mist * 0.75, vec3(0.010, 0.010, 0.035) + 0.03 * mist, high * high * (3.0 - 2.0 * high));
  return colour + mix(sign_, warm, 0.4) * (0.16 + 0.22 * heardBy(1) + 0.15 * lit) * glow;
}
vec3 lights(vec3 ray) {
  vec3 grid = ray * 55.0, own = floor(grid), star = fract(grid);
  float chance = hash(own.xy + 7.0 * own.z), bright = chance * chance;
  star -= 0.25 + 0.5 * fract(chance * vec3(57.0, 91.0, 133.0));
  bright *= bright;
  bright *= bright;
  vec3 colour = vec3(bright * bright * bright * max(1.0 - 20.0 * dot(star, star), 0.0) * ramp(2.5 * ray.y - 0.25));
  float up = max(ray.y, 0.0), thin = 1.0 / (0.016 + 0.05 * up), most = 0.45 * lit * fade(2.6 * up);
  vec3 ahead = vec3(dot(ray.xz, vec2(0.40, -0.92)), dot(ray.xz, vec2(-0.34, -0.94)), dot(ray.xz, vec2(0.10, 1.00)));
  vec3 off = vec3(dot(ray.xz, vec2(-0.92, -0.40)), dot(ray.xz, vec2(-0.94, 0.34)), dot(ray.xz, vec2(1.00, -0.10)));
  off -= 0.6 * ray.y * vec3(wave(0.143 * iTime), wave(0.143 * iTime + 0.334), wave(0.143 * iTime + 0.668));
  vec3 beam = max(1.0 - 0.25 * off * off * thin * thin, 0.0);
  beam *= beam;
  beam *= beam * max(ahead, 0.0) * most * (0.4 + vec3(heardBy(0), heardBy(1), heardBy(2)));
  return colour + cool * (beam.x + beam.z) + sign_ * beam.y;
}
// A pane about the middle of its cell; its edges are as sharp as a pixel is there.
float pane(float at, float half_, float sharp) { return ramp((half_ - abs(at - 0.5)) * sharp + 0.5); }
// Walls and roofs; each pixel sees one of them, at once or in the wet.
vec3 built(vec3 at, vec3 ray, vec2 cell, float top, float t, bool level, bool sideways) {
  float random = hash(cell), style = fract(random * 57.3), loud = heardBy(int(fract(random * 91.7) * 7.99));
  float along = sideways ? at.z : at.x, facing = abs(sideways ? ray.x : ray.z), blur = t * pixel;
  vec2 place = fract(at.xz);
  float soft = clamp(blur * 4.5 / max(facing, 0.12), 0.03, 2.0), melt = ramp(1.8 * soft - 0.63), sharp = 0.7 / min(soft, 0.3);
  vec2 window = floor(vec2(along * 6.0, at.y * 7.0)), inside = vec2(along * 6.0, at.y * 7.0) - window;
  float own = hash(window + cell * 13.0 + (sideways ? 5.0 : 0.0)), floor_ = fract(window.y * 0.7548777 + random * 91.0);
  floor_ = fract(floor_ * (floor_ + 17.31) * 7.13);
  // Windows one by one, floors, lines from foot to roof, or the spectrum on the whole wall.
  bool single = style < 0.5;
  float share = 0.40 + 0.28 * loud + 0.6 * lit, wide = single ? 0.30 : 0.46;
  float on = ramp((share - (single ? own : floor_)) * 8.3) * (0.25 + 0.75 * fract(own * 7.0) * fract(own * 11.0) + 0.25 * loud);
  float glass = mix(pane(inside.x, wide, sharp) * pane(inside.y, 0.28, sharp), wide * 1.12, melt);
  vec3 light = (fract(style * 17.0 + (own > 0.7 ? 0.35 : 0.0)) < 0.62 ? warm : vec3(0.32, 0.36, 0.4) + 0.6 * cool) * glass * on * 1.35;
  vec3 name = style > 0.62 ? cool : sign_;
  float cube = fract(along), corner = min(cube, 1.0 - cube);
  if (style > 0.90) {
    float fin = abs(fract(along * 3.0) - 0.5) / 3.0;
    light = light * 0.6 + name * (mix(bell(50.0 * fin), 0.14, melt) + 0.12 * fade(14.0 * fin)) * (0.35 + 1.6 * loud) * (0.5 + 0.5 * wave(0.477 * (at.y - iTime)));
  } else if (style > 0.74) {
    float column = cube * 12.0, heard = mix(iSpectrum[int(column) * 4 + 2], heardBy(int(column) * 2 / 3), 0.85 * around), blunt = max(0.5 * sharp, 1.75);
    float bar = mix(pane(fract(column), 0.35, blunt) * pane(fract(at.y * 12.0), 0.35, blunt), 0.5, ramp((3.3 + 5.0 * around) * soft - 0.66));
    float height = at.y / top;
    light = light * 0.3 + mix(cool, sign_, height) * bar * ramp(2.0 + 11.25 * heard - 12.5 * height) * 1.7;
  }
  // Tubes along corners, with the light that they throw on the wall.
  light += name * (bell(corner / (0.014 + 0.7 * blur)) + 0.12 * fade(16.0 * corner)) * (0.15 + 0.9 * loud) * step(0.66, fract(style * 9.0));
  light += vec3(0.022, 0.020, 0.035) + mist * (sideways ? 0.10 : 0.06);
  // The foot stands in the light of the street: shops.
  float shop = ramp((0.05 - abs(at.y - 0.08)) * 0.7 / (0.01 + min(blur, 0.05)) + 0.5) * (0.35 + 0.65 * fract(random * 31.0 + 0.618 * floor(along * 3.0)));
  light += (fract(own * 3.0 + style) < 0.5 ? warm : name) * shop * 0.9;
  light += mix(warm, sign_, 0.4) * 0.14 * fade(3.5 * at.y) * (0.6 + 0.8 * heardBy(0));
  // On a roof a pad, or a warning lamp.
  float rim = min(min(place.x, 1.0 - place.x), min(place.y, 1.0 - place.y)), thin = 0.019 + 0.85 * blur;
  if (level) {
    vec2 box = abs(fract(at.xz * 2.0 + random) - 0.5), middle = place - 0.5;
    light = vec3(0.02, 0.02, 0.032) + mist * (0.16 + 0.10 * ramp(6.0 - 25.0 * max(box.x, box.y)));
    float from = dot(middle, middle);
    if (random > 0.8) light += warm * bell((2.0 * from - 0.125) / thin) * 0.7 * (0.3 + loud);
    else if (random < 0.12) light += vec3(1.0, 0.1, 0.05) * fade(90.0 * from) * (1.0 - fract(0.4 * iTime + 40.0 * random));
  }
  // Along its edge there is a tube.
  float edge = level ? rim : max(top - at.y, 0.0), tube = level ? (view == ABOVE ? 0.75 : 1.0) : step(0.35, fract(style * 5.0));
  return light + name * (bell(edge / thin) * mix(1.0, min(1.0, 0.035 / thin), around) + 0.26 * fade(9.5 * edge)) * (0.30 + 1.25 * loud + 0.45 * lit) * tube;
}
vec3 street(vec3 at, vec2 cell, float t, float down) {
  vec2 block = floor((cell + 0.5) * (1.0 / BLOCK)), place = at.xz - block * BLOCK;
  bool avenue = place.x < 2.0, crossing = avenue && place.y < 1.0;
  float chance = fract(0.618 * (block.x + 3.0 * block.y));
  // Across and along the road, lanes to both sides of its middle.
  float across = avenue ? place.x - 1.0 : place.y - 0.5, along = avenue ? at.z : at.x, half_ = avenue ? 1.0 : 0.5;
  float soft = t * pixel / max(down, 0.06), side = across < 0.0 ? -1.0 : 1.0, lane = abs(across);
  vec3 colour = vec3(0.018, 0.018, 0.030) + mist * 0.07;
  float fine = 1.0 / (0.012 + 0.5 * soft);
  float paint = bell(lane * fine) * step(0.5, fract(along * 2.0)) * 0.35 * min(1.0, 0.02 * fine);
  float walk = ramp(0.5 + (lane - half_ + 0.20) * 0.25 * fine);
  colour += (crossing ? 0.0 : 1.0) * (vec3(0.8, 0.8, 0.7) * paint + mist * 0.10 * walk);
  // Cars draw lines of light, as on a long exposure; each lane at a speed of its own.
  float n = step(0.41 * half_, lane), wide = lane - half_ * (0.26 + 0.30 * n), thin = 0.018 / (0.018 + 0.8 * soft), off = wide * 55.6 * thin;
  float moving = along * 0.16 + side * iTime * (0.30 + 0.12 * n) * (avenue ? 1.0 : -1.0) + 0.37 * n + 0.61 * chance;
  float ahead = fract(moving), car = ahead * ahead * ramp(33.0 - 33.0 * ahead) + 0.22;
  vec3 trails = (side > 0.0 ? vec3(1.0, 0.10, 0.06) : vec3(1.0, 0.92, 0.75)) * (bell(off) * thin * (view == ABOVE ? 9.0 : 2.2) + (view == ABOVE ? 0.25 : 0.10) * bell(11.0 * wide)) * car;
  colour += trails * (0.7 + 0.6 * heardBy(0)) * (crossing ? 0.6 : 1.0);
  // Pools under the lamps at the kerb.
  vec2 pool = vec2(lane - half_ + 0.12, (fract(along) - 0.5) * 0.8);
  return colour + warm * 0.42 * fade(9.0 * dot(pool, pool)) + mix(cool, sign_, chance) * 0.10 * mix(heardBy(2), heardBy(5), fract(57.3 * chance)) * ramp(1.25 * lane / half_ - 0.25);
}
// How much of what is so far away comes through the air.
// From above no ray is followed to the feet of what is farther: tops would hang in the air.
float clear_(float far) { return (view == ABOVE ? ramp(3.0 - 0.067 * far) : 1.0) * exp(-(view == ABOVE ? 0.0006 : view == WATER ? 0.0009 : 0.0020) * far * far); }
// What passes near by fills the picture: it is dim, lest it flash.
float near(float far) { return 0.45 + 0.55 * ramp(0.714 * far - 0.143); }
vec3 city(vec3 origin, vec3 ray) {
  vec2 cell = floor(origin.xz), wet = vec2(0);
  vec3 ground = vec3(0), at = origin;
  float far = 0.0, top = 0.0, first = 0.0, down = 0.0, share = 0.0, open_ = 1.0;
  bool water = false, hit = false, level = false, sideways = false;
  float t = origin.y > 8.3 * tall && ray.y < 0.0 ? (8.2 * tall - origin.y) / ray.y : 0.0;
  // Once more for what is wet, as many cells in all: a tower and its mirror image come into sight together.
  int left = 40;
  for (int bounce = 0; bounce < 2; bounce++) {
    vec2 forward = vec2(ray.x < 0.0 ? -1.0 : 1.0, ray.z < 0.0 ? -1.0 : 1.0);
    // Over the bay at once: to its shore, or nearly to where the water is met.
    float bay = abs(origin.x - 0.5 * (SHORE + OTHER + 1.0)) - 7.5;
    if (bay <= 0.0) t = min((forward.x > 0.0 ? SHORE - origin.x : origin.x - OTHER - 1.0) / max(abs(ray.x), 1e-5), ray.y < 0.0 ? 0.99 * (-0.08 - origin.y) / ray.y : 1e5);
    vec2 from = origin.xz + ray.xz * t;
    cell = floor(from);
    vec2 inverse = 1.0 / max(abs(ray.xz), 1e-5), next = t + (forward * (cell - from) + max(forward, 0.0)) * inverse, pick = vec2(0);
    // Cell by cell, as a line is drawn on a grid, till a house is higher than the ray is low there.
    float up = max(ray.y, 0.0), fall = min(ray.y, 0.0), sky = ray.y > 0.0 ? 8.2 * tall : 1e5, low = 0.0;
    for (; left > 0; left--) {
      top = house(cell);
      low = origin.y + up * t + fall * min(next.x, next.y);
      if (low < top || low > sky) break;
      t = min(next.x, next.y);
      pick = step(next, next.yx);
      next += pick * inverse;
      cell += pick * forward;
    }
    hit = low < top;
    sideways = pick.x > 0.5;
    float roof = (top - origin.y) / min(ray.y, -1e-9);
    level = hit && roof > t;
    if (level) t = roof;
    at = origin + ray * t;
    far += t;
    if (bounce > 0 || !hit || top > 0.01) break;
    // Of the sea, or of what is wet.
    water = top < 0.0;
    first = far;
    open_ = clear_(far);
    down = -ray.y;
    ground = at;
    wet = cell;
    float grazing = 1.0 - down;
    grazing *= grazing;
    grazing *= grazing;
    vec2 waves = at.xz * (water ? vec2(1.432, 1.114) : vec2(3.661, 3.342)) + (water ? 0.159 * iTime : 0.0), swell = wave(waves.yx * 0.37);
    share = open_ * (water ? 0.12 + 0.8 * grazing : (0.10 + 0.65 * grazing) * (0.6 + 0.4 * swell.x * swell.y));
    if (share < 0.02) break;
    vec2 ripple = wave(waves + 0.318 * swell) * (water ? (0.010 + 0.03 * iBass) / (1.0 + 0.05 * t) : 0.02 / (1.0 + 0.3 * t));
    ray = vec3(ray.x + ripple.x, max(down + 1.5 * ripple.y, 0.004), ray.z + ripple.y);
    origin = vec3(at.x, 0.002, at.z);
    t = 0.0;
  }
  // What is seen at last, there or in the wet: houses or the sky.
  float up = max(ray.y, 0.0), glow = fade(4.0 * up), through = clear_(far);
  vec3 thick = mist * (0.5 + 0.3 * iEnergy) + mix(sign_, warm, 0.5) * 0.10 * (0.5 + lit + heardBy(1)), colour = air(up, glow * glow);
  vec3 fog = mix(colour, thick, view == ABOVE ? 0.4 * ramp(-30.0 * ray.y) : 0.4 * glow), house_ = mix(fog, built(at, ray, cell, top, far, level, sideways) * near(far), through);
  // What comes into sight comes out of the air.
  colour = hit ? mix(colour, house_, ramp(0.15 * float(left))) : (view == ABOVE ? fog : colour) + lights(ray);
  if (first > 0.0) {
    vec3 road = water ? mist * 0.05 : street(ground, wet, first, down);
    colour = (share < 0.02 ? vec3(0) : share * colour) + mix(mix(air(0.0, 1.0), thick, 0.4), road * near(first), open_);
  }
  return colour;
}
vec3 shown(vec3 colour) {
  float light = 1.6 + 0.3 * iEnergy + 0.35 * iDrop + 0.7 * landing;
  // As bright as the song is loud.
  light *= mix(0.25, 1.1, smoothstep(-36.0, -8.0, iLoudness));
  return 1.0 - exp(-light * colour);
}
// Where it is seen from, and where it looks.
void place(out vec3 at, out float yaw, out float pitch, out float roll) {
  float there = smoothstep(0.0, 1.0, iActProgress), side = mod(round_, 2.0) < 0.5 ? 1.0 : -1.0, wander = sin(0.31 * iTime);
  at = vec3(1.0 + 0.15 * wander, 0.3, -travel);
  yaw = 0.0; pitch = 0.0; roll = 0.0;
  // Round a corner, or round a tower.
  float way = 13.0 * iActProgress, a = view == TOWER ? 0.2 + 2.2 * there * there : clamp((way - 5.0) / 1.3, 0.0, 1.5708);
  vec2 turn = heading(a);
  if (view == WATER) { at = vec3(SHORE - mix(9.0, 3.5, there), mix(0.3, 2.2, there * there), -0.35 * travel); yaw = 1.5708 - side * mix(0.34, -0.06, there); pitch = mix(0.13, -0.06, there); }
  else if (view == STREET) { at.y = 0.24 + 0.06 * wander; pitch = 0.12; yaw = 0.12 * wander; roll = 0.05 * wander; }
  else if (view == ABOVE) { at = vec3(1.0 + 8.0 * there, mix(15.0, 10.5, there), -travel); pitch = -1.15; yaw = 0.5 * side + 0.5 * side * there; }
  else if (view == CORNER) {
    // Down the avenue, round to the right, and on.
    float onwards = max(way - 5.0 - 1.5708 * 1.3, 0.0), crossing = floor(-20.0 * iAct / 7.0) * 7.0 + 0.5;
    at = vec3(1.0 + 1.3 * (1.0 - turn.x) + onwards, 0.42 + 0.5 * there, crossing + 1.3 * (1.0 - turn.y) + max(5.0 - way, 0.0));
    yaw = a; pitch = 0.10; roll = -0.70 * turn.x * turn.y;
  } else if (view == TOWER) {
    float high = mix(0.6, 8.6 * tall, there);
    at = vec3(landmark * BLOCK + vec2(5.0, 4.0), high).xzy + vec3(-turn.x, 0.0, turn.y) * mix(4.1, 3.3, there);
    yaw = 1.5708 - a; pitch = mix(0.55, -0.35, there);
  } else if (view == ROOFS) { at.y = mix(3.4, 4.6, there); pitch = -0.32; yaw = side * (0.7 - 0.5 * there); roll = 0.06 * wander; }
  else { at.y = mix(0.3, 4.8, smoothstep(0.12, 0.8, iActProgress)); pitch = mix(0.12, -0.38, smoothstep(0.2, 0.9, iActProgress)); roll = 0.10 * wander; }
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  begin();
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  vec3 at;
  float yaw, pitch, roll;
  place(at, yaw, pitch, roll);
  float wide = view == WATER ? 1.5 : 1.25;
  pixel = 2.0 / (iResolution.y * wide);
  vec3 ray = normalize(vec3(turned(roll) * uv, -wide));
  ray.yz = turned(pitch) * ray.yz;
  ray.xz = turned(yaw) * ray.xz;
  vec3 colour = city(at, ray) * (1.0 - 0.10 * dot(uv, uv));
  fragColor = vec4(shown(colour) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  // One unit is ten metres: a city as seen by those who fly in it. The head turns of itself, but for where the city is.
  around = 1.0;
  begin();
  vec3 at;
  float yaw, pitch, roll;
  place(at, yaw, pitch, roll);
  pixel = 3.1416 / iResolution.y;
  yaw = view == WATER ? 1.5708 : 0.0;
  vec3 from = fragRayOri, ray = fragRayDir;
  from.xz = turned(yaw) * from.xz;
  ray.xz = turned(yaw) * ray.xz;
  fragColor = vec4(shown(city(at + from, ray)), 1.0);
}
