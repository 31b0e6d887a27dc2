// A ring of the spectrum on dark water around a sun: it is circled, a tower under a sun, seen from right above, as wide as a horizon, over
// its rim, as a gyroscope among stars and along its wall, and entered at the drop. All around one stands beside it or within.
// helios: float radius = 0.5 [0.2, 0.8] Of the ring
// helios: float reach = 0.38 [0.1, 0.8] How far the loudest goes
// helios: color inner = #ff9a3c Colour of the core and the bass
// helios: color outer = #8a4dff Colour of the treble

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
mat2 turned(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
// Each act has colours of its own: those of the parameters, turned around grey.
vec3 warm, cool;
vec3 hued(vec3 colour) {
  float number = mod(iAct, 4.0), angle = iDrop > 0.5 && iActInSection < 0.5 ? 0.0 : number < 2.5 ? -1.05 * number : 0.6;
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  colour = max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
  return colour + vec3(0, 0, 0.7) * max(colour.g - max(colour.r, colour.b), 0.0);
}
// Levels end softly: the loudest is never cut.
float soft(float level) { return 1.15 * (1.0 - exp(-2.1 * level * sqrt(level))); }
// From near a wall that leaps would flash: how much of it stands still.
float held = 0.0;
// All around there is a wall on each side, and what one turns to must neither flicker nor be the mirror of the other side: bars
// go their own ways about how loud it is and leap less, are of different widths, and storeys wind up as a stair.
float apart = 0.0;
const float LEAP = 0.10;
float ownWay(float bar) { return 0.95 + 0.55 * sin(TAU * bar / 64.0 - 0.25 * iTime) + 0.4 * sin(2.4 * bar + 0.3 * iTime) * sin(TAU * 3.0 * bar / 64.0); }
// What a bar hears: higher bands have less in them, and are lifted.
float heardBy(int bar) {
  // The band it belongs to carries it, or it would flicker.
  float heard = soft(mix(iSpectrum[bar], iEnvelopes[bar / 8], 0.35) * (0.75 + float(bar) / 64.0));
  heard = mix(heard, 0.6 * iEnergy, held);
  return mix(heard, mix(0.55 * iEnergy * ownWay(float(bar)), heard, LEAP), apart);
}
float bassHeard() { return mix(iEnvelopes[0], mix(0.6 * iEnergy, iEnvelopes[0], LEAP), apart); }
// The ring is closed: the colour of its last places goes over into that of the first.
vec3 tintAt(float place) { return mix(warm, cool, smoothstep(0.0, 44.0, place) * smoothstep(64.0, 54.0, place)); }
// What is heard between bars, for light that has no edges: a place around the ring, in [0, 64).
float heardAt(float place) {
  float from = place + 63.5;
  int low = int(from) % 64;
  return mix(heardBy(low), heardBy((low + 1) % 64), smoothstep(0.0, 1.0, fract(from)));
}
// The same of the bands, for light that lies far about: bars end where a song was cut off.
float bandAt(float place) {
  float from = place / 8.0 + 7.5;
  int low = int(from) % 8;
  return soft(mix(iEnvelopes[low], iEnvelopes[(low + 1) % 8], smoothstep(0.0, 1.0, fract(from))));
}
// How an act has built it: how much wider than a ring, in storeys, afloat and turned.
float grand = 1.0, storeys = 0.0, afloat = 0.0;
vec2 sunAt = vec2(0);
mat3 turnedRing = mat3(1), turnedFold = mat3(1);
const float STOREY = 0.62, STOREYS = 7.0;
mat3 leaning(float tilt, float turn) {
  float a = cos(tilt), b = sin(tilt), c = cos(turn), d = sin(turn);
  return mat3(c, b * d, -a * d, 0.0, a, b, d, -b * c, a * c);
}
float tall(float heard) { return 0.015 + 2.1 * reach * heard; }
float landing() { return iDrop * exp(-18.0 * iSectionProgress); }

// The light of the bars where a ray goes through their wall, and how much of what is behind they hide.
// The water mirrors: what lies under it is what stands over it.
vec4 bars(vec3 eye, vec3 ray, float t, float size, float pixel) {
  vec3 at = eye + ray * t;
  float high = abs(at.y), dim = afloat < 0.5 ? mix(0.42, 1.0, smoothstep(-pixel * t, pixel * t, at.y)) : 1.0;
  float wound = apart * storeys * STOREY * fract(atan(at.x, -at.z) / TAU);
  float storey = storeys * clamp(floor((high + wound) / STOREY), 0.0, STOREYS - 1.0), up = storey - wound / STOREY, scale = 1.0 + 0.9 * storeys - 0.58 * float(grand > 1.0);
  if (t < 0.05 || high * min(scale, 1.0) > 1.9 + STOREY * STOREYS * storeys) return vec4(0);
  // Each storey turns against the one below it, and has less to it.
  high = (high - up * STOREY) * scale;
  float angle = atan(at.x, -at.z) / TAU + (apart * storeys < 0.5 && mod(storey, 2.0) > 0.5 ? -0.02 : 0.02) * iTime + 0.13 * up;
  if (at.y < 0.0 && afloat < 0.5) angle += 0.0022 * sin(at.y * 24.0 + 2.0 * iTime + 3.0 * sin(at.y * 7.0)) * smoothstep(0.0, -0.5, at.y);
  float place = fract(angle) * 64.0, own = fract(place) - 0.5, wide = TAU * size / 64.0;
  float slant = abs(dot(ray.xz, at.xz)) / (max(length(ray.xz), 1e-4) * size);
  // The wall ends softly where it turns away: a ray passes its edge by less than a pixel.
  float rim = smoothstep(0.0, 1.5, 0.5 * size * slant * slant / (pixel * t));
  slant = max(slant, 0.05);
  float grain = pixel * t / slant;
  int bar = clamp(int(place), 0, 63);
  float heard = heardBy(bar), top = tall(heard);
  // What is thinner than a pixel melts together.
  float body = mix(smoothstep(grain, -grain, (abs(own) - 0.34 + apart * 0.2 * hash(vec2(float(bar), 3.0))) * wide), 0.68, smoothstep(0.3, 1.2, grain / wide));
  body *= smoothstep(pixel * t * scale, -pixel * t * scale, high - top);
  float share = high / (top + 0.02);
  vec3 tint = tintAt(fract((place + 9.0 * up) / 64.0) * 64.0) * (1.0 - 0.5 * apart * hash(vec2(float(bar), 9.0)));
  // Its height is quick, its light is slow: what fills the picture from near would flash.
  float light = mix(0.4 * heard + 0.6 * soft(iEnvelopes[bar / 8]), iEnergy, 0.5 + 0.35 * apart);
  vec3 colour = body * (tint * (0.30 + 0.25 * light + 1.0 * light * share * share) + (tint + 0.25) * smoothstep(0.05, 0.0, top - high) * heard);
  // No glow and no spark lies before the very eye.
  float clear = smoothstep(0.1, 0.9 + 2.0 * apart, t);
  // A glow about all of them, without an edge from one to the next.
  float near = heardAt(place);
  colour += tint * 0.22 * smoothstep(0.05, 0.5, slant) * clear * near * exp(-max(high - tall(near), 0.0) * 9.0) * (1.0 - body);
  // A spark leaves some of the bars with each beat.
  float random = hash(vec2(float(bar), mod(iBeatIndex, 512.0)));
  float way = high - top - iBeatPhase * (0.25 + 0.9 * random);
  float off = way * way * 1600.0 / (1.0 + 6.0 * iBeatPhase) + 49.0 * own * own;
  if (random > 0.45 && off < 8.0) colour += mix(tint, vec3(1), 0.4) * exp(-off) * (1.0 - iBeatPhase) * heard * 2.0 * clear;
  return vec4(colour * dim, body) * rim;
}
// Outside a curtain of the eight bands, without gaps.
vec3 curtain(vec3 eye, vec3 ray, float t, float size) {
  vec3 at = eye + ray * t;
  float high = abs(at.y);
  if (t < 0.05 || high > 2.2) return vec3(0);
  float angle = fract(atan(at.x, -at.z) / TAU + 0.02 * iTime), place = angle * 8.0;
  float slant = abs(dot(ray.xz, at.xz)) / (length(ray.xz) * size);
  int low = int(place) % 8;
  float heard = mix(iEnvelopes[low], iEnvelopes[(low + 1) % 8], smoothstep(0.0, 1.0, fract(place)));
  float fold = 1.15 + 0.35 * sin(TAU * 13.0 * angle + 0.5 * iTime + 2.0 * sin(TAU * 5.0 * angle - 0.3 * iTime)) + 0.2 * sin(TAU * 31.0 * angle - 0.8 * iTime);
  float light = (1.0 - 0.6 * storeys) * (0.30 * iEnergy + 0.06 * heard) * fold * exp(-high * 2.1 * (1.0 + afloat) / (0.6 + 0.45 * heard)) * smoothstep(0.0, 0.10 + apart * (0.5 + 0.45 * sin(TAU * 3.0 * angle)), high) * smoothstep(0.05, 0.5, slant);
  return mix(cool, warm, 0.5 + 0.5 * sin(TAU * angle + high * 2.0)) * light * (1.3 + 0.8 * landing()) * (at.y < 0.0 && afloat < 0.5 ? 0.4 : 1.0);
}
// The sun: a crust in quiet parts, which cracks as the song builds and burns at the drop.
vec3 sunned(vec3 behind, vec3 eye, vec3 ray, float size, float middle, float pixel, float bright) {
  vec3 there = vec3(sunAt.x, middle, sunAt.y), to = there - eye;
  float along = dot(to, ray);
  float off = length(to - ray * along);
  float fire = clamp(0.15 + 0.65 * smoothstep(0.3, 0.85, iEnergy) + 0.6 * iBuild + 0.35 * iDrop, 0.0, 1.2);
  if (bright <= 0.0) return behind;
  // Its glow goes on to the side and behind, where it is seen all around.
  float reach = along > 0.0 ? off : length(to);
  float glow = exp(-3.6 * max(reach - size, 0.0) / size) * (0.5 + 0.5 * along / length(to)) * (0.16 + fire * (0.2 + 0.25 * bassHeard()) + 0.35 * landing());
  float edge = along > 0.0 ? smoothstep(pixel * along, -pixel * along, off - size) : 0.0;
  if (edge <= 0.0) return behind + warm * glow * bright;
  float t = along - sqrt(max(size * size - off * off, 0.0));
  vec3 normal = (eye + ray * t - there) / size;
  // Laid on from the front, as it would be pinched at poles; it turns as the eye goes around.
  vec3 side = normalize(cross(to, vec3(0, 1, 0)));
  vec2 disc = vec2(dot(normal, side), dot(normal, cross(side, to / length(to))));
  float flow = 0.12 * iTime + 0.35 * iBassTime;
  vec2 skin = disc * (1.5 + 0.7 * dot(disc, disc)) - vec2(1.5 * atan(to.x, -to.z), 0.1 * flow);
  skin += 0.35 * vec2(noise(skin * 1.7 + flow), noise(skin * 1.7 - flow + 5.0));
  float lava = 0.62 * noise(skin * 2.3 + 0.4 * flow) + 0.38 * noise(skin * 6.5 - 0.6 * flow);
  float crack = exp(-abs(lava - 0.5) * 13.0 / (0.25 + fire));
  float facing = max(-dot(normal, ray), 0.0);
  vec3 hot = warm * (1.2 + 0.8 * bassHeard());
  vec3 colour = hot * crack * (0.35 + 1.1 * fire) + vec3(1.0, 0.85, 0.6) * pow(crack, 5.0) * fire * 0.6;
  colour += (vec3(0.03) + warm * (0.05 + 0.45 * fire)) * lava * lava;
  colour += mix(cool, warm, min(fire, 1.0)) * pow(1.0 - facing, 3.0) * (0.35 + 0.7 * fire);
  return mix(behind + warm * glow * bright, colour * bright, edge * (0.5 + 0.5 * bright));
}

// All that is seen from a place in a direction; pixel is its width at a distance of 1.
vec3 seenFrom(vec3 eye, vec3 ray, float pixel) {
  float size = 2.0 * radius * grand, pulse = exp(-4.0 * iBeatPhase);
  // The night, and the water that mirrors it.
  vec3 ringEye = turnedRing * eye, ringRay = turnedRing * ray, foldEye = turnedFold * (eye + apart * vec3(0.45, 0, 0.2) * size), foldRay = turnedFold * ray;
  float up = abs(mix(ray.y, foldRay.y, afloat));
  vec3 colour = cool * cool * (0.05 + (0.45 + 0.35 * iEnergy + 0.05 * iBass) * exp(-4.0 * up));
  if (ray.y > 0.0 || afloat > 0.5) {
    vec3 sky = ray * 24.0, own = floor(sky);
    vec3 star = fract(sky) - 0.5;
    colour += pow(hash(own), 12.0) * exp(-150.0 * dot(star, star)) * (0.8 + 0.8 * iHigh);
  } else {
    float t = -eye.y / min(ray.y, -1e-4);
    vec2 at = (eye + ray * t).xz;
    float far = length(at), wave = far - size * (0.3 + 2.2 * iBeatPhase);
    float place = 64.0 * fract(atan(at.x, -at.y) / TAU + 0.02 * iTime);
    colour = colour * (0.35 + 0.65 * exp(-14.0 * up)) + warm * (0.15 + 0.15 * bassHeard()) * exp(-1.7 * far);
    colour += tintAt(place) * 0.30 * bandAt(place) * exp(-6.0 * abs(far - size));
    colour += cool * exp(-wave * wave * 90.0) * (1.0 - iBeatPhase) * 0.30 * exp(-0.5 * far);
  }
  // Walls far from the eye, the sun and its mirrored image, walls near to it.
  vec2 flat_ = ringRay.xz, folded = foldRay.xz;
  float a = max(dot(flat_, flat_), 1e-5), b = dot(ringEye.xz, flat_), root = b * b - a * (dot(ringEye.xz, ringEye.xz) - size * size);
  float out_ = (1.65 - 0.2 * afloat) * size, c = max(dot(folded, folded), 1e-5), d = dot(foldEye.xz, folded);
  float outRoot = d * d - c * (dot(foldEye.xz, foldEye.xz) - out_ * out_);
  vec4 seen = vec4(0), farther = vec4(0);
  if (outRoot > 0.0) colour += curtain(foldEye, foldRay, (sqrt(outRoot) - d) / c, out_);
  if (root > 0.0) farther = bars(ringEye, ringRay, (sqrt(root) - b) / a, size, pixel);
  // The sun of a wide ring stands beyond it.
  if (grand < 2.0) colour = colour * (1.0 - farther.a) + farther.rgb;
  float core = size * (0.36 + 0.04 * bassHeard() + 0.02 * (1.0 - apart) * pulse) * (1.0 - 0.25 * afloat + 0.35 * float(grand > 2.0));
  float lies = mix((core + 0.10) * (grand > 2.0 ? 0.75 : 1.0) + storeys * (STOREY * STOREYS + 0.5), 0.0, afloat);
  colour = sunned(colour, eye, ray, core, -lies, pixel, ray.y < 0.0 && afloat < 0.5 ? 0.4 : 0.0);
  colour = sunned(colour, eye, ray, core, lies, pixel, 1.0);
  if (grand > 2.0) colour = colour * (1.0 - farther.a) + farther.rgb;
  if (root > 0.0) {
    seen = bars(ringEye, ringRay, (-sqrt(root) - b) / a, size, pixel);
    colour = colour * (1.0 - seen.a) + seen.rgb;
  }
  if (outRoot > 0.0) colour += curtain(foldEye, foldRay, (-sqrt(outRoot) - d) / c, out_);
  return colour;
}
// As bright as the song is loud.
vec4 shown(vec3 colour, vec2 fragCoord) {
  colour *= mix(0.45, 1.15, smoothstep(-42.0, -9.0, iLoudness));
  colour = 1.0 - exp(-1.6 * max(colour, 0.0));
  return vec4(pow(colour, vec3(0.85)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

// What an act has made of the ring: a tower, a wall as wide as a horizon, a gyroscope.
void build(int which, float front) {
  if (which == 1) storeys = 1.0;
  if (which == 3) { grand = 5.0; sunAt = -2.1 * grand * radius * 2.0 * vec2(sin(front), cos(front)); }
  if (which == 5) {
    afloat = 1.0;
    turnedRing = leaning(0.75 + 0.3 * sin(0.07 * iTime), 0.11 * iTime);
    turnedFold = leaning(-0.9 + 0.25 * sin(0.05 * iTime), 1.3 - 0.08 * iTime);
  }
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  warm = hued(inner);
  cool = hued(outer);
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float part = iAct, there = smoothstep(0.0, 1.0, iActProgress);
  int which = int(mod(part, 7.0));
  bool landed = iDrop > 0.5 && iActInSection < 0.5;
  // Where it is seen from, first and last: how high, in radians, and how far away.
  const vec4 VIEWS[7] = vec4[7](
    vec4(0.50, 0.22, 2.9, 2.1), vec4(0.20, 0.42, 3.6, 3.3), vec4(1.50, 1.18, 2.8, 1.9), vec4(0.06, 0.13, 0.85, 0.62),
    vec4(0.72, 0.50, 1.5, 1.15), vec4(0.10, 0.34, 3.0, 2.2), vec4(0.10, 0.36, 0.92, 0.76));
  vec4 view = VIEWS[which];
  // Along the wall it looks past the sun.
  float wide = which == 6 ? 1.25 : which == 4 ? 1.0 : which == 3 ? 1.1 : 1.55, look = which == 0 ? 0.30 : 0.05, aside = which == 6 ? 0.5 : 0.0;
  float speed = which == 2 ? 0.16 : 0.10;
  if (which == 6) look = 0.45;
  if (which == 4 || which == 6) held = 0.5;
  if (which == 3) held = 0.15;
  // A drop is entered; one that lasts is left again.
  if (landed) { view = vec4(0.22, 0.50, 0.74, 0.90); wide = 0.9; look = 0.42; aside = 0.0; }
  else {
    build(which, 2.4 * part);
    if (which == 1) { look = mix(1.3, 3.0, there); wide = 1.15; }
    if (which == 3) { look = 1.0; speed = 0.0; wide = 1.25; }
    if (which == 5) look = 0.0;
  }
  float raise = mix(view.x, view.y, there), away = mix(view.z, view.w, there);
  away = (away - 0.12 * iBuild) * (0.55 + 0.9 * radius) * (1.08 - 0.10 * iEnergy) * grand;
  float around = speed * iTime + 2.4 * part + (which == 3 ? 0.7 * there - 0.35 : 0.25 * there);
  vec3 eye = away * vec3(sin(around) * cos(raise), sin(raise), cos(around) * cos(raise)) + vec3(0, 0.10, 0);
  vec3 goal = vec3(cos(around), 0, -sin(around)) * aside * 2.0 * radius + vec3(0, look, 0);
  vec3 ahead = normalize(goal - eye), side = normalize(cross(ahead, vec3(0, 1, 0)));
  uv *= turned(0.10 * sin(0.23 * iTime));
  uv.x += (which == 2 || which == 1 ? 0.10 : 0.28) * sin(0.11 * iTime + part);
  vec3 ray = normalize(ahead * wide + uv.x * side + uv.y * cross(side, ahead));
  vec3 colour = seenFrom(eye, ray, 1.4 / (iResolution.y * wide));
  fragColor = shown(colour * (1.0 - 0.10 * dot(uv, uv)), fragCoord);
}

// One stands, so that the sun keeps its place: between ring and curtain, above the rim, or within.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  warm = hued(inner);
  cool = hued(outer);
  float part = iAct, there = smoothstep(0.0, 1.0, iActProgress);
  int which = int(mod(part, 5.0));
  const int BUILT[5] = int[5](0, 1, 5, 0, 3);
  const vec4 VIEWS[5] = vec4[5](
    vec4(0.76, 0.66, 0.32, 0.36), vec4(0.58, 0.45, 0.45, 1.0), vec4(0.62, 0.50, 0.16, 0.24), vec4(1.2, 1.0, 0.75, 1.05), vec4(0.80, 0.74, 0.05, 0.07));
  vec4 view = VIEWS[which];
  if (iDrop > 0.5 && iActInSection < 0.5) view = vec4(0.62, 0.70, 0.45, 0.45);
  else build(BUILT[which], 0.0);
  float away = mix(view.x, view.y, there), high = mix(view.z, view.w, there);
  vec3 eye = vec3(0, high, away) * (2.0 * radius * grand) + fragRayOri;
  apart = 1.0;
  // The sun lies somewhat to the side: ahead is where the bars pass.
  vec3 ray = fragRayDir;
  ray.xz = turned(0.5) * ray.xz;
  fragColor = shown(seenFrom(eye, ray, 4.4 / iResolution.y), fragCoord);
}
