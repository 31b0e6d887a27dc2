// Mountains flown through, each country at its own hour: a fjord by day, ridges at sunset, a lake under stars and an aurora, a
// canyon whose strata are the bands of the song, a sea of clouds at dawn, snow before a storm. Hills heave with the bass, crests
// are lit by the bands and on beats, huts too, and lanterns rise.
// helios: float speed = 1.0 [0, 4] How fast it flies
// helios: float height = 1.0 [0.2, 2] How high the mountains are
// helios: color sky = #ff6a5c Colour of the horizon
// helios: color night = #141a4a Colour overhead and in the shade

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
// Which country it is, and how wide its valley is, how steep, how high its water or its clouds stand, where snow begins.
const int FJORD = 0, RIDGES = 1, LAKE = 2, CANYON = 3, CLOUDS = 4, SNOW = 5;
int view;
// All around it goes slower and higher: ground that flies past below flickers, and is dizzying.
float around = 0.0;
// Where a flat picture looks.
vec3 looks = vec3(0, 0, -1);
float round_, foot, top_, steep, level, snow, storm;
bool falls;
void begin() {
  view = int(mod(iAct, 6.0));
  round_ = floor(iAct / 6.0);
  falls = iDrop > 0.5 && iActInSection < 0.5;
  if (falls) view = RIDGES;
  foot = 0.4; top_ = 3.6; steep = 3.1; level = -0.22; snow = 0.55;
  if (view == RIDGES) { top_ = 3.0; steep = 3.4; snow = 0.45; }
  if (view == LAKE) { foot = 1.6; top_ = 9.0; steep = 3.6; }
  if (view == CANYON) { foot = 0.28; top_ = 1.5; steep = 3.3; snow = 2.0; }
  if (view == CLOUDS) { foot = -2.0; top_ = -1.0; steep = 3.6; level = 1.25; snow = 0.3; }
  if (view == SNOW) { foot = 0.6; top_ = 5.0; steep = 4.4; snow = 0.05; }
  storm = view == SNOW ? 1.0 : 0.0;
  // The hills heave with the bass, those by clouds and snow less.
  steep *= 1.0 + (view == CLOUDS ? 0.05 : 0.13) * (1.0 - around) * iEnvelopes[0];
}
float river(float z) { return 1.9 * sin(z * 0.1) + 1.1 * sin(z * 0.23 + 1.0); }
float ground(vec2 p, int octaves) {
  float h = 0.0, size = 1.0;
  vec2 q = p * 0.16;
  for (int i = 0; i < octaves; i++) {
    float fall = 2.0 * noise(q) - 1.0;
    float ridge = 1.0 - sqrt(fall * fall + 0.012);
    h += size * ridge * ridge;
    q = mat2(1.62, 1.18, -1.18, 1.62) * q + 3.7;
    size *= 0.44;
  }
  float valley = smoothstep(foot, top_, abs(p.x - river(p.y)));
  // On slopes no hollow lies so deep that it would hold water.
  float over = h - 0.50;
  return height * (steep * (0.04 + 0.5 * (over + sqrt(over * over + 0.002))) * valley - 0.35);
}
// Each country has its hour, and it passes: how high the sun stands, and how much of it is night.
float parts() { return 0.5 * (iAct + iActProgress); }
float sunHigh() {
  float hour = falls ? 0.075 : view == FJORD ? 0.19 : view == RIDGES ? 0.055 : view == LAKE ? -0.15 : view == CANYON ? -0.055 : view == CLOUDS ? 0.10 : 0.13;
  return hour + 0.015 * sin(2.1 * round_) + (view == CLOUDS ? 0.03 : -0.03) * (iActProgress - 0.5);
}
float dark() { return smoothstep(0.05, -0.10, sunHigh()); }
vec3 sunAt() { return normalize(vec3(view == CLOUDS ? -0.45 : view == RIDGES && !falls ? 0.35 : view == SNOW ? -0.9 : 0.12, sunHigh(), -1.0)); }
vec3 moonAt() { return normalize(vec3(view == LAKE ? 0.30 : -0.42, 0.30 - 0.02 * iActProgress, -1.0)); }
// The first moments of a drop, longer in a long one.
float landing() { return iDrop * exp(-12.0 * iSectionProgress); }
// The sky without what stands in it: what far mountains fade into.
vec3 air(vec3 ray) {
  float up = max(ray.y, 0.0), high = sunHigh(), late = dark(), day = smoothstep(0.10, 0.22, high);
  float near = max(dot(ray, sunAt()), 0.0);
  vec3 horizon = mix(mix(sky * 1.05, vec3(1.0, 0.72, 0.45), 0.6 * day), vec3(0.02, 0.17, 0.19) + 0.05 * sky, late);
  vec3 zenith = mix(mix(night, vec3(0.22, 0.42, 0.70), 0.7 * day), night * 0.22, late);
  // Before a storm a cold band of light is left under the clouds.
  horizon = mix(horizon, vec3(0.42, 0.52, 0.60) + 0.15 * sky, storm);
  zenith = mix(zenith, vec3(0.035, 0.05, 0.10), storm);
  near *= 1.0 - 0.7 * storm;
  vec3 colour = mix(horizon, zenith, smoothstep(-0.02, 0.42 - 0.22 * storm, up));
  // What the sun leaves behind, first red, then green.
  colour += mix(vec3(1.0, 0.55, 0.25), vec3(0.1, 0.5, 0.35), late) * (0.5 - 0.2 * late) * pow(near, 6.0) * exp(-3.0 * up * late);
  colour += vec3(1.0, 0.55, 0.25) * (0.5 + 0.6 * iEnvelopes[1]) * pow(near, 60.0) * (1.0 - late);
  colour += mix(sky, vec3(0.05, 0.55, 0.45), late) * (0.35 * landing() + 0.10 * iDrop) * exp(-3.5 * up);
  return colour;
}
// From a body in the sky, in the plane of a flat picture: a wide lens would draw what is round as an egg.
vec3 fromBody(vec3 ray, vec3 body) {
  return around > 0.5 ? ray - body : ray / max(dot(ray, looks), 0.05) - body / max(dot(body, looks), 0.05);
}
// Sun and moon have edges that are twice as wide as soft says.
vec3 heaven(vec3 ray, vec3 colour, float soft) {
  float up = max(ray.y, 0.0), high = sunHigh(), late = dark(), day = smoothstep(0.10, 0.22, high);
  float disc = smoothstep(0.085 + soft, 0.085 - soft, length(fromBody(ray, sunAt()))) * smoothstep(-0.01, 0.055, ray.y) * smoothstep(-0.055, 0.01, high);
  colour = mix(colour, mix(vec3(3.2, 1.35, 0.45), vec3(3.6, 2.7, 1.6), day) * (1.1 + 0.4 * iBass), disc * (1.0 - storm));
  if (storm > 0.0) {
    // The front: clouds that hang low, lit from within where its bands sound.
    vec2 roof = ray.xz / (up + 0.16) + vec2(0.10, 0.32) * iTime * 0.4;
    float mass = 0.6 * noise(roof * 0.8) + 0.4 * noise(roof * 2.1 + 7.0), lit = noise(roof * 0.45 + 11.0 + round_);
    float hangs = smoothstep(0.02, 0.14, up) * smoothstep(0.22, 0.75, mass);
    colour = mix(colour, vec3(0.05, 0.055, 0.09) + vec3(0.12, 0.13, 0.17) * (1.0 - mass), 0.85 * hangs);
    colour += hangs * mix(vec3(0.35, 0.45, 0.95), vec3(0.85, 0.45, 0.85), lit) * smoothstep(0.45, 0.85, lit) * mix(0.15 + 1.3 * iEnvelopes[1] * iEnvelopes[1], 0.5, 0.6 * around);
  }
  // Curtains of an aurora: folds that wander, lit from below by the song.
  vec2 fold = ray.xz / (up + 0.22);
  float bend = noise(fold * 0.9 + vec2(0.06 * iTime, 3.0 + round_)), curtain = noise(vec2(fold.x * 1.3 + 2.6 * bend, 0.5 * fold.y + 0.10 * iTime));
  float sheet = smoothstep(0.20, 0.0, abs(curtain - 0.5)) * smoothstep(0.03, 0.16, up) * smoothstep(0.95, 0.35, up);
  colour += late * sheet * mix(vec3(0.10, 0.85, 0.45), vec3(0.62, 0.16, 0.80), smoothstep(0.12, 0.55, up)) * (0.22 + 0.75 * mix(iEnvelopes[2], iEnvelopes[5], bend) + 0.35 * iDrop);
  if (late > 0.0) {
    vec3 off = fromBody(ray, moonAt());
    float moon = smoothstep(0.055 + soft, 0.055 - soft, length(off));
    moon *= 0.25 + 0.75 * smoothstep(-0.03, 0.03, length(off - vec3(0.028, 0.012, 0.0)) - 0.045);
    colour += late * (vec3(0.9, 0.95, 1.0) * moon + vec3(0.25, 0.35, 0.5) * 0.8 * exp(-7.0 * length(off)));
  }
  vec2 plane = vec2(atan(ray.x, -ray.z), ray.y), grid = plane * 70.0, own = floor(grid);
  vec2 star = fract(grid) - 0.2 - 0.6 * vec2(hash(own + 5.0), hash(own + 9.0));
  colour += pow(hash(own), 14.0) * exp(-220.0 * dot(star, star)) * smoothstep(0.1 - 0.1 * late, 0.5, up) * (0.06 + 2.4 * late) * (0.7 + 0.8 * iHigh);
  // Lanterns, more of them the more treble there is.
  if (late > 0.0 && up > 0.0) {
    grid = plane * 11.0 - vec2(0.15 * sin(0.2 * iTime), 0.22 * iTime);
    own = floor(grid);
    float chance = hash(own + 17.0);
    vec2 lamp = fract(grid) - 0.25 - 0.5 * vec2(hash(own + 3.0), hash(own + 8.0));
    lamp.y *= 0.75;
    float light = exp(-dot(lamp, lamp) * 900.0) + 0.16 * exp(-dot(lamp, lamp) * 60.0);
    float there = smoothstep(0.0, 0.3, 0.16 + 0.45 * iEnvelopes[6] + 0.25 * iDrop - chance) * smoothstep(0.62, 0.3, up);
    colour += vec3(1.0, 0.55, 0.2) * light * there * late * (0.8 + 0.9 * iEnvelopes[5]);
  }
  return colour;
}
// Where it is, how it heads and leans: low over the water, over the slopes, above the ridges; a drop is a dive.
float flown() { return (1.0 - 0.6 * around) * (3.0 * speed * iTime + 2.5 * iAmplitudeTime); }
float altitude() {
  float there = smoothstep(0.0, 1.0, iActProgress);
  if (falls) return 0.75 + 0.6 * around + 3.0 * exp(-5.0 * iActProgress) + 0.9 * there;
  float rise = view == FJORD ? mix(0.75, 1.7, there) : view == RIDGES ? mix(3.3, 2.9, there) : view == LAKE ? mix(0.22, 0.6, there) : view == CANYON ? mix(0.35, 0.9, there)
    : view == CLOUDS ? mix(2.9, 2.5, there) : mix(1.1, 2.4, there);
  return rise + 0.6 * around + 1.2 * iBuild * iBuild;
}
// pixel is its width at a distance of 1.
vec3 scene(vec3 eye, vec3 ray, float pixel) {
  float travel = flown();
  vec3 origin = eye + vec3(river(-travel), altitude() * max(height, 0.6), -travel);
  float lies = level * height, water = ray.y < -0.001 ? (lies - origin.y) / ray.y : 1e5;
  float t = 0.2, last = 0.0, slow = view == CANYON ? 0.38 : 0.45;
  // A ray that passes a crest by less than a pixel or so sees some of it, whatever lies behind.
  const float TOUCH = 0.001;
  float least = 1.0, crest = 0.0, aside = TOUCH + 2.2 * pixel;
  bool hit = false, passes = false;
  for (int i = 0; i < 320; i++) {
    vec3 at = origin + ray * t;
    float room = at.y - ground(at.xz, 3);
    // What is just above the water may yet be passed over.
    if (room < TOUCH * clamp(at.y - lies, 0.0, t)) { hit = true; break; }
    if (t > min(water, 50.0) || at.y > 1.25 * steep * height && ray.y > 0.0) break;
    if (!passes) {
      if (room < min(least * t, at.y - lies)) { least = room / t; crest = t; }
      passes = least < aside && room > aside * t;
    }
    last = t;
    t += max(room * slow, 0.004 * t);
  }
  // Steps that have run out just over the ground have come to it; what is far is as the air.
  if (!hit && t < min(water, 50.0) && origin.y + ray.y * t < 1.25 * steep * height) {
    vec3 end = origin + ray * t;
    hit = end.y - ground(end.xz, 3) < 0.012 * t;
    if (!hit) t = max(t, water);
  }
  passes = passes || !hit && least < aside;
  vec3 haze = air(ray), behind = heaven(ray, haze, 1.2 / iResolution.y);
  haze *= vec3(0.92, 0.90, 0.97);
  float late = dark();
  // The water's edge is where the land is as high as it, not where a step of the ray ends.
  // A ray that is taken to touch land just above the water may yet pass over it.
  float shore = 1.0;
  bool near = water <= t || (view != CLOUDS && hit && origin.y + ray.y * t - lies < 0.02 + 0.012 * t);
  if (water < 60.0 && near) {
    vec3 at = origin + ray * water;
    float deep = lies - ground(at.xz, 3), wide = pixel * water;
    shore = step(0.0, deep);
    // Clouds thin out towards the land.
    if (view == CLOUDS) shore = smoothstep(-0.02, 0.30, deep);
    else if (abs(deep) < 0.08) {
      // As wide as a pixel is there, along the ray and across it.
      vec2 along = normalize(ray.xz) * wide / max(-ray.y, 0.06), across = normalize(ray.zx * vec2(1, -1)) * wide;
      vec2 change = vec2(ground(at.xz + along, 3), ground(at.xz + across, 3)) - lies + deep;
      float width = max(length(change), 1e-5);
      shore = smoothstep(-0.6 * width, 0.6 * width, deep);
    }
    // Nor does it see water that lies behind the land.
    if (hit && t < water) shore *= clamp(1.5 - (origin.y + ray.y * t - lies) / (pixel * t), 0.0, 1.0);
    if (shore < 1.0) { hit = true; t = min(t, water); }
  } else if (water >= t || hit) shore = 0.0;
  vec3 colour = haze;
  if (water < 1e4 && shore > 0.0) {
    // The water mirrors the sky; the bass makes waves on it.
    vec3 at = origin + ray * water;
    vec2 wave = vec2(noise(at.xz * vec2(2.0, 7.0) + iTime * 0.6), noise(at.xz * vec2(5.0, 11.0) - iTime * 0.8)) - 0.5;
    float calm = 1.0 / (1.0 + 0.12 * water);
    vec3 up = normalize(vec3(wave * (0.03 + 0.10 * iBass) * calm, 1.0).xzy);
    vec3 back = normalize(reflect(ray, up) * vec3(1, 0.8, 1)), mirrored = heaven(back, air(back), 0.02);
    float facing = pow(1.0 - max(-ray.y, 0.0), 4.0);
    colour = mix(night * mix(0.35, 0.12, late), mirrored * 0.85, 0.25 + 0.7 * facing);
    if (view == CLOUDS) {
      // A sea of clouds: billows that the sun or the moon lights from the side.
      vec2 far_ = at.xz * 0.55 + vec2(0.05 * iTime, 0.0);
      float puff = noise(far_) * 0.6 + noise(far_ * 2.3 + 4.0) * 0.4, toward = noise(far_ + normalize(sunAt().xz) * 0.35) * 0.6 + 0.4 * noise(far_ * 2.3 + 4.0 + normalize(sunAt().xz) * 0.5);
      colour = mix(night * 0.6, vec3(0.75, 0.7, 0.8), 0.25 + 0.6 * puff) * mix(vec3(1), vec3(0.16, 0.30, 0.38), late) + (sky * (1.0 - late) * 1.1 + vec3(0.15, 0.45, 0.5) * late) * max(puff - toward + 0.12, 0.0) * 1.8 + 0.25 * mirrored * puff;
    }
    colour = mix(colour, haze, 1.0 - exp(-0.0014 * water * water));
    if (shore >= 1.0 && !passes) return colour;
  }
  if (shore > 0.0) behind = mix(behind, colour, shore);
  vec3 seen = vec3(0);
  float left = 1.0;
  // The crest that it passes, then the land that it meets: a loop, since what is in it is dear twice.
  for (int layer = passes ? 0 : 1; layer < (hit ? 2 : 1); layer++) {
    float to = crest;
    if (layer > 0) {
      to = t;
      for (int i = 0; i < 6; i++) {
        float middle = 0.5 * (to + last);
        vec3 at = origin + ray * middle;
        if (at.y < ground(at.xz, 3)) to = middle; else last = middle;
      }
    }
    vec3 at = origin + ray * to;
    vec2 step_ = vec2(0.012 + 0.004 * to, 0.0);
    float here = ground(at.xz, 5);
    vec3 normal = normalize(vec3(here - ground(at.xz + step_.xy, 5), step_.x, here - ground(at.xz + step_.yx, 5)));
    float rise = smoothstep(0.0, 3.4 * height, at.y);
    vec3 rock = mix(vec3(0.07, 0.05, 0.12), vec3(0.30, 0.2, 0.28), rise);
    rock = mix(rock, vec3(0.10, 0.14, 0.06), smoothstep(0.45, 0.1, rise) * smoothstep(0.5, 0.8, normal.y) * (1.0 - late) * 0.8);
    rock = mix(rock, vec3(0.85, 0.8, 0.95), smoothstep(snow, snow + 0.25, rise) * smoothstep(0.30, 0.65, normal.y));
    if (view == CANYON) rock = mix(vec3(0.32, 0.11, 0.06), vec3(0.62, 0.30, 0.16), 0.5 + 0.5 * sin(14.0 * at.y + 2.0 * noise(at.xz)));
    vec3 light = (1.7 - 0.9 * storm) * max(dot(normal, sunAt()), 0.0) * vec3(1.0, 0.62, 0.4) * smoothstep(-0.08, 0.04, sunHigh());
    light += late * (0.85 * max(dot(normal, moonAt()), 0.0) * vec3(0.6, 0.8, 1.0) + max(normal.y, 0.0) * vec3(0.03, 0.20, 0.14) * (0.5 + iEnvelopes[3]));
    vec3 land = rock * (light + mix(night, vec3(0.05, 0.08, 0.16), late) * (0.8 + 0.8 * normal.y) + 0.06);
    // A wave of light runs over the hills with each bar.
    float front = 2.0 + 34.0 * (iBeatInBar + iBeatPhase) / 4.0, off = (to - front) / (1.2 + 0.10 * front);
    float wave = exp(-off * off) * (off > 0.0 ? exp(-off * off * 3.0) : 1.0) * (0.25 + 0.75 * smoothstep(-0.3, 0.8, height - abs(at.y - height)));
    // Crests and strata are lit by bands: low ones far from the middle, high ones near it; in the canyon from the water up.
    float place = view == CANYON ? clamp(at.y / (1.5 * height) + 0.15, 0.0, 1.0) : exp(-0.12 * abs(at.x - river(at.z)));
    int band = int(place * 6.99);
    float loud = mix(iEnvelopes[band], iEnvelopes[band + 1], fract(place * 6.99)), heard = loud * loud, line = at.y * (view == CANYON ? 5.0 : 3.2) / height;
    float fine = min(0.5, 3.0 * pixel * to * (view == CANYON ? 5.0 : 3.2) / height / max(1.0 - normal.y * normal.y, 0.15));
    float stripe = smoothstep(0.10 + fine, 0.03, abs(fract(line - 0.25 * iBeatPhase * iDrop) - 0.5)) * (1.0 - smoothstep(0.2, 0.5, fine));
    float lit_ = (view == CANYON ? 1.0 : view == RIDGES ? 0.55 : view == LAKE ? 0.75 : view == SNOW ? 0.5 : 0.0) * max(late, max(0.35, iDrop));
    if (view == FJORD) lit_ = 0.35 * iDrop;
    vec3 hue = 0.55 + 0.45 * cos(6.283 * (0.62 * place + vec3(0.02, 0.38, 0.62) + 0.12 * round_));
    land += (1.0 - 0.6 * around) * lit_ * stripe * heard * hue * (0.9 + 0.8 * iDrop) * smoothstep(-0.25, 0.1, at.y / height);
    land += wave * mix(sky, vec3(0.35, 0.7, 1.0), 0.7 * late) * mix(0.30 + 0.45 * iDrop, 0.04 + 0.08 * iDrop, around) * iEnvelopes[0] * step(0.0, iBeatIndex) * (0.3 + 0.7 * normal.y);
    // Huts on the lower slopes, lit in the evening, each by a band.
    vec2 plot = at.xz * 1.7, own = floor(plot);
    float chance = hash(own + 31.0), size = 0.07 + 0.004 * to;
    vec2 hut = fract(plot) - 0.3 - 0.4 * vec2(hash(own + 2.0), hash(own + 6.0));
    float low = smoothstep(-0.2, -0.05, at.y / height) * smoothstep(1.1, 0.5, at.y / height);
    float lamp = exp(-dot(hut, hut) / (size * size)) * step(0.62, chance) * low * smoothstep(0.13, 0.0, sunHigh()) * min(1.0, 8.0 / to);
    land += vec3(1.0, 0.65, 0.28) * lamp * (0.5 + 2.2 * iEnvelopes[int(fract(chance * 37.0) * 7.99)]);
    land = mix(land, haze, 1.0 - exp(-0.0014 * to * to));
    // The steeper a crest is to the side, the nearer it is than straight below; a shore has its own softness.
    float cover = layer > 0 ? 1.0 : clamp(1.0 - (least - TOUCH) * clamp(normal.y, 0.6, 1.0) / (1.3 * pixel), 0.0, 1.0) * clamp((at.y - lies - least * to) / (pixel * to), 0.0, 1.0);
    seen += left * cover * (layer > 0 ? mix(land, colour, shore) : land);
    left *= 1.0 - cover;
  }
  return seen + left * behind;
}
vec3 shown(vec3 colour) {
  float light = 0.86 + 0.24 * iEnergy + 0.14 * iDrop + 0.50 * landing();
  // As bright as the song is loud.
  light *= mix(0.42, 1.05, smoothstep(-42.0, -12.0, iLoudness));
  return pow(1.0 - exp(-1.35 * light * max(colour, 0.0)), vec3(0.85));
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  begin();
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float z = -flown(), bend = river(z - 3.0) - river(z), there = smoothstep(0.0, 1.0, iActProgress), side = mod(round_, 2.0) < 0.5 ? 1.0 : -1.0;
  // It looks where the river goes, leans into the curves, and each country has a side that it looks to.
  float aside = view == RIDGES ? 0.35 : view == LAKE ? -0.55 + 0.3 * there : view == CLOUDS ? 0.15 - 0.4 * there : view == SNOW ? 1.0 - 0.5 * there : 0.0;
  if (falls) aside = 0.0;
  float yaw = -0.10 * bend + side * aside, roll = 0.07 * bend + 0.03 * sin(iTime * 0.31);
  float pitch = view == CLOUDS ? -0.10 : view == LAKE ? 0.06 : view == SNOW ? 0.05 - 0.06 * altitude() : 0.03 - 0.075 * altitude();
  vec3 ray = normalize(vec3(uv * mat2(cos(roll), -sin(roll), sin(roll), cos(roll)), -1.5 + 0.25 * landing()));
  ray.yz = mat2(cos(pitch), sin(pitch), -sin(pitch), cos(pitch)) * ray.yz;
  ray.xz = mat2(cos(yaw), sin(yaw), -sin(yaw), cos(yaw)) * ray.xz;
  looks = vec3(0, 0, -1);
  looks.yz = mat2(cos(pitch), sin(pitch), -sin(pitch), cos(pitch)) * looks.yz;
  looks.xz = mat2(cos(yaw), sin(yaw), -sin(yaw), cos(yaw)) * looks.xz;
  vec3 colour = scene(vec3(0), ray, 1.4 / iResolution.y);
  colour *= 1.0 - 0.12 * dot(uv, uv);
  fragColor = vec4(shown(colour) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  around = 1.0;
  begin();
  fragColor = vec4(shown(scene(fragRayOri, fragRayDir, 3.1 / iResolution.y)), 1.0);
}
