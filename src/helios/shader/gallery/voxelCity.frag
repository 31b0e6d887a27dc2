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
// Nearly exp(-x * x), and nearly exp(-x) from 0 on: no other work is done as often.
float bell(float x) { x = max(1.0 - 0.25 * x * x, 0.0); x *= x; return x * x; }
float fade(float x) { return 1.0 / (1.0 + x * (1.0 + x * (0.48 + 0.235 * x))); }
mat2 turned(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
// A colour turned around grey, by the cosine and sine of an angle.
vec3 hued(vec3 colour, vec2 turn) {
  vec3 grey = vec3(0.57735);
  return max(colour * turn.x + cross(grey, colour) * turn.y + grey * dot(grey, colour) * (1.0 - turn.x), 0.0);
}
// Which view it is, how often all were seen; how far it has flown; how much of the city a drop has lit; its colours.
int view;
float round_, travel, lit, landing, pixel;
vec2 landmark;
vec3 mist, warm, cool, sign_;
void begin() {
  view = int(mod(iAct, 6.0));
  round_ = floor(iAct / 6.0);
  bool first = iDrop > 0.5 && iActInSection < 0.5;
  if (first) view = SOAR;
  travel = 1.1 * speed * iTime + 0.8 * iAmplitudeTime + (first ? 16.0 * iActProgress : 0.0);
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
  vec2 block = floor((cell + 0.5) * (1.0 / BLOCK)), place = cell - block * BLOCK;
  vec2 chance = fract(vec2(dot(cell, vec2(0.7548777, 0.5698403)), dot(block, vec2(0.8191725, 0.6710436)) + 0.13));
  chance = fract(chance * (chance + 17.31) * 7.13);
  float high = 0.45 + chance.x * (1.7 * chance.x + 2.4 * chance.y * chance.y * chance.y);
  if (abs(place.x - 4.5) < 0.6 && abs(place.y - 3.5) < 0.6) high = block == landmark ? 8.0 : chance.y > 0.78 ? 3.5 + 3.5 * chance.y : high;
  if (place.x < 1.5 || place.y < 0.5 || (cell.x < SHORE + 2.0 && cell.x > OTHER - 3.0)) high = 0.0;
  return cell.x < SHORE && cell.x > OTHER ? -0.08 : high * tall;
}
vec3 air(vec3 ray) {
  float up = max(ray.y, 0.0);
  vec3 colour = mix(mist * 0.75, vec3(0.010, 0.010, 0.035) + 0.03 * mist, smoothstep(0.0, 0.45, up));
  return colour + mix(sign_, warm, 0.4) * (0.16 + 0.22 * iEnvelopes[1] + 0.15 * lit) * fade(8.0 * up);
}
vec3 heaven(vec3 ray, vec3 colour, bool open_) {
  vec3 grid = ray * 55.0, own = floor(grid), star = fract(grid);
  float chance = hash(own.xy + 7.0 * own.z), bright = chance * chance;
  star -= 0.25 + 0.5 * fract(chance * vec3(57.0, 91.0, 133.0));
  bright *= bright;
  bright *= bright;
  colour += bright * bright * bright * max(1.0 - 20.0 * dot(star, star), 0.0) * smoothstep(0.1, 0.5, ray.y);
  // Beams search the sky in a drop.
  const vec2 FEET[3] = vec2[3](vec2(0.40, -0.92), vec2(-0.34, -0.94), vec2(0.10, 1.00));
  int beams = open_ && lit > 0.0 ? 3 : 0;
  for (int i = 0; i < beams; i++) {
    float off = dot(ray.xz, FEET[i].yx * vec2(1, -1)) - 0.6 * sin(0.9 * iTime + 2.1 * float(i)) * ray.y, wide = 0.016 + 0.05 * max(ray.y, 0.0);
    float ahead = max(dot(ray.xz, FEET[i]), 0.0);
    colour += mix(cool, sign_, float(i % 2)) * bell(off / wide) * ahead * fade(2.6 * max(ray.y, 0.0)) * 0.45 * lit * (0.4 + iEnvelopes[i]);
  }
  return colour;
}
// A band of light between two edges of a cell, as sharp as a pixel is there.
float band(float at, float low, float high, float soft) { return smoothstep(low - soft, low + soft, at) * smoothstep(high + soft, high - soft, at); }
vec3 wall(vec3 at, vec3 normal, vec2 cell, vec3 who, float top, float t, float facing) {
  float random = who.x, style = who.y, loud = who.z, along = abs(normal.x) > 0.5 ? at.z : at.x;
  float soft = clamp(t * pixel * 4.5 / max(facing, 0.12), 0.03, 2.0), melt = smoothstep(0.35, 0.9, soft);
  soft = min(soft, 0.3);
  vec2 pane = vec2(along * 6.0, at.y * 7.0), window = floor(pane), inside = pane - window;
  float own = hash(window + cell * 13.0 + normal.xz * 5.0), floor_ = hash(vec2(window.y, random * 91.0) + normal.xz);
  // Windows one by one, floors, lines from foot to roof, or the spectrum on the whole wall.
  float chosen = style < 0.5 ? own : floor_;
  float share = 0.40 + 0.28 * loud + 0.6 * lit;
  float on = smoothstep(share, share - 0.12, chosen) * (0.25 + 0.75 * fract(own * 7.0) * fract(own * 11.0) + 0.25 * loud);
  vec2 edge = style < 0.5 ? vec2(0.20, 0.80) : vec2(0.04, 0.96);
  float glass = mix(band(inside.x, edge.x, edge.y, soft) * band(inside.y, 0.22, 0.78, soft), (edge.y - edge.x) * 0.56, melt);
  vec3 tint = mix(warm, mix(vec3(0.8, 0.9, 1.0), cool, 0.6), step(0.62, fract(style * 17.0 + 0.35 * step(0.7, own))));
  vec3 light = tint * glass * on * 1.35;
  float roof = top - at.y, corner = min(fract(along), 1.0 - fract(along));
  vec3 name = style > 0.62 ? cool : sign_;
  if (style > 0.90) {
    float fin = abs(fract(along * 3.0) - 0.5) / 3.0;
    light = light * 0.6 + name * (mix(bell(50.0 * fin), 0.14, melt) + 0.12 * fade(14.0 * fin)) * (0.35 + 1.6 * loud) * (0.5 + 0.5 * sin(3.0 * at.y - 3.0 * iTime));
  } else if (style > 0.74) {
    float column = fract(along) * 12.0, level = iSpectrum[int(column) * 4 + 2], dot_ = fract(at.y * 12.0);
    float bar = mix(band(fract(column), 0.15, 0.85, min(soft * 2.0, 0.4)) * band(dot_, 0.15, 0.85, min(soft * 2.0, 0.4)), 0.5, smoothstep(0.2, 0.5, soft));
    float height = at.y / top;
    light = light * 0.3 + mix(cool, sign_, height) * bar * smoothstep(0.04, -0.04, height - 0.12 - 0.9 * level) * 1.7;
  }
  // Tubes along roofs and corners, with the light that they throw on the wall.
  float line = bell(max(roof, 0.0) / (0.018 + 0.7 * pixel * t)) + 0.30 * fade(9.0 * roof);
  light += name * line * (0.30 + 1.3 * loud + 0.5 * lit) * step(0.35, fract(style * 5.0));
  light += name * (bell(corner / (0.014 + 0.7 * pixel * t)) + 0.12 * fade(16.0 * corner)) * (0.15 + 0.9 * loud) * step(0.66, fract(style * 9.0));
  vec3 body = vec3(0.022, 0.020, 0.035) + mist * 0.10 * (0.6 + 0.4 * abs(normal.x));
  // The foot stands in the light of the street: shops.
  float shop = band(at.y, 0.03, 0.13, 0.01 + min(t * pixel, 0.05)) * (0.35 + 0.65 * fract(random * 31.0 + 0.618 * floor(along * 3.0)));
  light += mix(warm, name, step(0.5, fract(own * 3.0 + style))) * shop * 0.9;
  return body + light + mix(warm, sign_, 0.4) * 0.14 * fade(3.5 * at.y) * (0.6 + 0.8 * iEnvelopes[0]);
}
vec3 street(vec3 at, vec2 cell, vec3 who, float t, float down) {
  vec2 block = floor(cell / BLOCK), place = at.xz - block * BLOCK;
  bool avenue = place.x < 2.0;
  // Across and along the road, lanes to both sides of its middle.
  float across = avenue ? place.x - 1.0 : place.y - 0.5, along = avenue ? at.z : at.x, half_ = avenue ? 1.0 : 0.5;
  float soft = t * pixel / max(down, 0.06), side = across < 0.0 ? -1.0 : 1.0, lane = abs(across);
  bool crossing = place.x < 2.0 && place.y < 1.0;
  vec3 colour = vec3(0.018, 0.018, 0.030) + mist * 0.07;
  float paint = bell(lane / (0.012 + 0.5 * soft)) * step(0.5, fract(along * 2.0)) * 0.35;
  float walk = smoothstep(half_ - 0.20 - soft, half_ - 0.20 + soft, lane);
  colour += (crossing ? 0.0 : 1.0) * (vec3(0.8, 0.8, 0.7) * paint * min(1.0, 0.02 / (0.012 + 0.5 * soft)) + mist * 0.10 * walk);
  // Cars draw lines of light, as on a long exposure; each lane at a speed of its own.
  float n = step(0.41 * half_, lane), wide = lane - half_ * (0.26 + 0.30 * n), thin = 0.018 / (0.018 + 0.8 * soft), off = wide / 0.018 * thin;
  float moving = along * 0.16 + side * iTime * (0.30 + 0.12 * n) * (avenue ? 1.0 : -1.0) + 0.37 * n + 0.61 * fract(0.618 * (block.x + 3.0 * block.y));
  float ahead = fract(moving), car = ahead * ahead * smoothstep(1.0, 0.97, ahead) + 0.22;
  vec3 trails = (side > 0.0 ? vec3(1.0, 0.10, 0.06) : vec3(1.0, 0.92, 0.75)) * (bell(off) * thin * (view == ABOVE ? 9.0 : 2.2) + (view == ABOVE ? 0.25 : 0.10) * bell(11.0 * wide)) * car;
  colour += trails * (0.7 + 0.6 * iEnvelopes[0]) * (crossing ? 0.6 : 1.0);
  // Pools under the lamps at the kerb.
  vec2 pool = vec2(lane - half_ + 0.12, (fract(along) - 0.5) * 0.8);
  return colour + warm * 0.42 * fade(9.0 * dot(pool, pool)) + mix(cool, sign_, who.x) * 0.10 * who.z * smoothstep(0.2, 1.0, lane / half_);
}
vec3 city(vec3 origin, vec3 ray) {
  vec3 sum = vec3(0);
  float weight = 1.0, before = 0.0;
  // Once more for what is wet.
  for (int bounce = 0; bounce < 2 && weight > 0.02; bounce++) {
    float start = origin.y > 8.3 * tall && ray.y < 0.0 ? (8.2 * tall - origin.y) / ray.y : 0.0;
    vec2 from = origin.xz + ray.xz * start, cell = floor(from), forward = vec2(ray.x < 0.0 ? -1.0 : 1.0, ray.z < 0.0 ? -1.0 : 1.0);
    vec2 inverse = 1.0 / max(abs(ray.xz), 1e-5), next = start + (forward * (cell - from) + max(forward, 0.0)) * inverse;
    float t = start, top = 0.0;
    vec3 normal = vec3(0);
    bool hit = false;
    // Cell by cell, as a line is drawn on a grid.
    int limit = bounce == 0 ? 40 : 14;
    for (int i = 0; i < limit; i++) {
      top = house(cell);
      float leave = min(next.x, next.y), enter = origin.y + ray.y * t;
      if (enter < top) { hit = true; break; }
      float roof = ray.y < 0.0 ? (top - origin.y) / ray.y : 1e5;
      if (roof < leave) { t = roof; normal = vec3(0, 1, 0); hit = true; break; }
      if (enter > 8.2 * tall && ray.y > 0.0) break;
      t = leave;
      if (next.x < next.y) { next.x += inverse.x; cell.x += forward.x; normal = vec3(-forward.x, 0, 0); }
      else { next.y += inverse.y; cell.y += forward.y; normal = vec3(0, 0, -forward.y); }
    }
    float far = before + t;
    vec3 at = origin + ray * t, far_ = air(ray), colour = heaven(ray, far_, !hit);
    float mirror = 0.0, random = hash(cell);
    vec3 who = vec3(random, fract(random * 57.3), iEnvelopes[int(fract(random * 91.7) * 7.99)]);
    // Of the sea, or of what is wet.
    vec2 waves = at.xz * (top < 0.0 ? vec2(9, 7) : vec2(23, 21)) + (top < 0.0 ? iTime : 0.0), swell = sin(waves.yx * 0.37);
    if (hit) {
      if (top < 0.01) {
        float grazing = 1.0 - max(-ray.y, 0.0);
        grazing *= grazing;
        grazing *= grazing;
        if (top < 0.0) { colour = mist * 0.05; mirror = 0.12 + 0.8 * grazing; }
        else { colour = street(at, cell, who, far, -ray.y); mirror = (0.10 + 0.65 * grazing) * (0.6 + 0.4 * swell.x * swell.y); }
      } else if (normal.y > 0.5) {
        float loud = who.z, rim = 0.5 - max(abs(fract(at.x) - 0.5), abs(fract(at.z) - 0.5)), thin = 0.02 + far * pixel;
        colour = vec3(0.02, 0.02, 0.032) + mist * 0.16;
        vec2 box = abs(fract(at.xz * 2.0 + random) - 0.5);
        colour += mist * 0.10 * smoothstep(0.02, -0.02, max(box.x, box.y) - 0.22);
        colour += (who.y > 0.62 ? cool : sign_) * (bell(rim / thin) + 0.22 * fade(10.0 * rim)) * (0.30 + 1.2 * loud + 0.4 * lit) * (view == ABOVE ? 0.75 : 1.0);
        // A pad, or a warning lamp.
        vec2 middle = fract(at.xz) - 0.5;
        if (random > 0.8) colour += warm * bell((length(middle) - 0.25) / thin) * 0.7 * (0.3 + loud);
        else if (random < 0.12) colour += vec3(1.0, 0.1, 0.05) * fade(90.0 * dot(middle, middle)) * (1.0 - fract(0.4 * iTime + 40.0 * random));
      } else colour = wall(at, normal, cell, who, top, far, abs(dot(ray, normal)));
      // What passes near by fills the picture: it is dim, lest it flash.
      colour *= mix(0.45, 1.0, smoothstep(0.2, 1.6, far));
      float fog = 1.0 - exp(-(view == ABOVE ? 0.0006 : view == WATER ? 0.0009 : 0.0020) * far * far);
      vec3 glow = mist * (0.5 + 0.3 * iEnergy) + mix(sign_, warm, 0.5) * 0.10 * (0.5 + lit + iEnvelopes[1]);
      colour = mix(colour, mix(far_, glow, 0.4 * fade(4.0 * max(ray.y, 0.0))), fog);
      mirror *= 1.0 - fog;
    }
    sum += weight * colour;
    weight *= mirror;
    if (!hit) weight = 0.0;
    vec2 ripple = sin(waves + 2.0 * swell) * (top < 0.0 ? (0.010 + 0.03 * iBass) / (1.0 + 0.05 * t) : 0.02 / (1.0 + 0.3 * t));
    ray = normalize(vec3(ray.x + ripple.x, -ray.y + 1.5 * ripple.y, ray.z + ripple.y));
    ray.y = max(ray.y, 0.004);
    origin = vec3(at.x, 0.002, at.z);
    if (top < 0.0) origin.y = -0.07;
    before = far;
  }
  return sum;
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
  vec2 turn = vec2(cos(a), sin(a));
  if (view == WATER) { at = vec3(SHORE - mix(9.0, 3.5, there), mix(0.35, 1.1, there), -0.35 * travel); yaw = 1.5708 - 0.25 * side; pitch = 0.10; }
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
