// A journey through the stars: quiet parts float beside worlds, and drops jump through tunnels of light.
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
// Each section has colours of its own: those of the parameters, turned around grey.
vec3 warm, cool;
vec3 hued(vec3 colour) {
  float angle = 2.2 * max(iSection, 0.0), c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  colour = max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
  // What would be a plain green is a sea green.
  return colour + vec3(0, 0, 0.7) * max(colour.g - max(colour.r, colour.b), 0.0);
}
// Between two notes as well: a step from one to the next is a jagged edge.
float heardAt(float place) {
  float from = clamp(place * 64.0 - 0.5, 0.0, 63.0);
  int low = int(from);
  return mix(iSpectrum[low], iSpectrum[min(low + 1, 63)], from - float(low));
}

// 0 where it floats, 1 in a jump. Drops jump, and so does every second part that is loud; what rises, stretches.
float warpNow() {
  float loud = smoothstep(0.42, 0.68, iEnergy);
  float cruise = mod(max(iSection, 0.0), 2.0) > 0.5 ? loud : 0.16 * loud;
  return max(max(cruise, 0.9 * iBuild * iBuild), iDrop);
}
vec3 gasses(float broad, float cloud, float side) {
  vec3 tint = mix(cool, warm, smoothstep(0.2, 0.9, broad + 0.2 * side));
  return tint * tint * smoothstep(0.38, 0.95, cloud) * (0.34 + 0.4 * iEnergy);
}
vec3 sky(vec2 uv) {
  vec2 p = uv * 0.9 + 5.0 * max(iSection, 0.0);
  float broad = noise(p);
  return gasses(broad, 0.6 * broad + 0.3 * noise(2.3 * p + 1.7) + 0.14 * noise(5.9 * p), p.x);
}
// The same all around, with stars that stay.
vec3 sky(vec3 ray) {
  vec3 p = ray * 1.3 + 5.0 * max(iSection, 0.0);
  float broad = noise(p);
  vec3 colour = gasses(broad, 0.6 * broad + 0.3 * noise(2.3 * p + 1.7) + 0.14 * noise(5.9 * p), ray.x);
  vec3 grid = ray * 40.0, own = floor(grid), star = fract(grid) - 0.5;
  return colour + pow(hash(own), 40.0) * exp(-30.0 * dot(star, star)) * (0.8 + iHigh);
}
// A giant whose ring has a groove for each note.
vec4 giant(vec2 uv, float near) {
  float big = 0.44 + 0.10 * near;
  vec2 q = turned(0.38) * (uv - vec2(0.62 - 0.30 * near, 0.06));
  vec3 light = normalize(vec3(-0.75, 0.35, 0.5));
  float far = length(q) / big, soft = 3.0 / (iResolution.y * big);
  vec4 shown = vec4(0);
  vec3 up = vec3(q / big, sqrt(max(1.0 - far * far, 0.0)));
  float belt = up.y * 5.0 + 0.5 * noise(vec2(up.x * 2.0 + 0.05 * iTime, up.y * 7.0));
  vec3 skin = mix(cool * 0.9, warm, noise(vec2(belt * 1.3, 2.0)));
  skin = mix(skin, vec3(0.95, 0.86, 0.75), 0.45 * noise(vec2(belt * 2.9, up.x * 1.5)));
  float lit = max(dot(up, light), 0.0);
  skin = skin * (0.03 + 1.5 * lit) + cool * pow(1.0 - up.z, 3.0) * (0.15 + lit);
  shown = mix(shown, vec4(skin, 1), smoothstep(soft, -soft, far - 1.0));
  vec2 flat_ = vec2(q.x, q.y / 0.24) / big;
  float ring = (length(flat_) - 1.32) / 1.0;
  float edge = soft * 5.0;
  float there = smoothstep(-edge, edge, ring) * smoothstep(1.0 + edge, 1.0 - edge, ring);
  float grain = noise(vec2(ring * 46.0, 3.0)) * 0.6 + noise(vec2(ring * 13.0, 8.0)) * 0.6;
  there *= 0.15 + 0.75 * smoothstep(0.25, 0.8, grain);
  float shade = smoothstep(0.85, 1.05, abs(dot(flat_, normalize(light.yx * vec2(-1, 1))))) + step(0.0, dot(flat_, light.xy));
  float heard = heardAt(ring);
  vec3 ice = mix(vec3(0.9, 0.85, 0.8), warm, 0.35) * (0.16 + 0.55 * min(shade, 1.0));
  ice += mix(warm, vec3(1), 0.25) * heard * heard * 1.7;
  bool front = q.y < 0.0;
  if (front || far > 1.0) shown = mix(shown, vec4(ice, 1), there * (front ? 1.0 : smoothstep(1.0, 1.0 + soft, far)));
  return shown;
}
// The edge of a world at night, its cities lit by the bands; the sun comes up behind it.
vec4 dawn(vec2 uv, float near) {
  vec2 q = turned(-0.22) * uv - vec2(0.0, -2.35 + 0.25 * near);
  float high = length(q) - 1.95, soft = 2.0 / iResolution.y;
  float rise = 0.02 + 0.10 * near;
  vec2 sun = q - (1.95 + rise) * normalize(vec2(0.28, 1.0));
  float away = length(sun);
  float ground = smoothstep(soft, -soft, high);
  float toward = exp(-1.6 * away * away);
  vec3 air = mix(cool * 0.8 + vec3(0.05, 0.15, 0.3), vec3(1.0, 0.75, 0.5), toward);
  vec3 colour = air * exp(-17.0 * max(high, 0.0)) * (0.35 + 1.5 * toward) * (1.0 - ground);
  float disc = smoothstep(0.074, 0.066, away);
  colour += (1.0 - ground) * (vec3(3.0, 2.4, 1.7) * disc + vec3(1.0, 0.7, 0.42) * 0.05 / (0.05 + away * away * 6.0));
  colour += vec3(1.0, 0.65, 0.4) * (0.3 + 0.7 * near) * exp(-5.0 * away) * (0.4 + 0.6 * iEnvelopes[1]);
  vec2 map = vec2(atan(q.x, q.y) * 22.0 + 0.08 * iTime, 14.0 * sqrt(max(-high, 0.0)));
  vec2 own = floor(map * 2.0), cell = fract(map * 2.0) - 0.5;
  float chance = hash(own);
  float town = smoothstep(0.45, 0.75, noise(map * 0.7)) * step(0.35, chance) * exp(-14.0 * dot(cell, cell));
  vec3 lamps = mix(vec3(1.0, 0.72, 0.4), warm, fract(chance * 9.0));
  colour += ground * (air * exp(9.0 * high) * (0.12 + 0.8 * toward) + lamps * town * (0.25 + 1.6 * iEnvelopes[int(chance * 7.99)]) * exp(1.4 * high));
  return vec4(colour, ground);
}
// A wheel of stars seen aslant; its arms carry the spectrum outwards.
vec4 wheel(vec2 uv, float near) {
  vec2 q = turned(0.5) * (uv - vec2(-0.35 + 0.2 * near, 0.05));
  q.y *= 2.1 - 0.5 * near;
  float far = length(q) / (0.9 + 0.25 * near), angle = atan(q.y, q.x);
  float wound = 2.0 * angle - 5.5 * log(far + 0.06) + 0.10 * iTime;
  vec2 dust = q * turned(1.4 * log(far + 0.1)) * 3.0;
  float cloud = 0.55 * noise(dust * 1.3) + 0.3 * noise(dust * 3.1) + 0.2 * noise(dust * 7.3);
  float arm = pow(0.5 + 0.5 * cos(wound + 1.6 * cloud), 2.0) * smoothstep(1.25, 0.2, far);
  vec3 tint = mix(vec3(1.0, 0.8, 0.6), mix(cool, warm, cloud), smoothstep(0.05, 0.5, far));
  float heard = heardAt(far * 0.9);
  vec3 colour = tint * arm * (0.20 + 1.0 * cloud * cloud) * (0.6 + 1.3 * heard * heard);
  colour += vec3(1.0, 0.85, 0.65) * (exp(-9.0 * far) * (1.0 + 0.8 * iEnvelopes[0]) + 0.16 * exp(-2.6 * far));
  float seed = hash(floor(q * 60.0));
  colour += step(0.93, seed) * arm * (0.3 + iHigh) * exp(-9.0 * dot(fract(q * 60.0) - 0.5, fract(q * 60.0) - 0.5));
  return vec4(colour, min(dot(colour, vec3(0.5)), 0.8));
}
// far is how far from where the flight goes to, depth how far away the wall is.
vec3 tunnel(float far, float angle, float depth, float travel, float warp) {
  float swirl = angle + 0.45 * sin(depth * 0.7 - 0.8 * travel) + 0.15 * travel;
  vec2 around = vec2(cos(swirl), sin(swirl));
  // The wall is a torus of noise, so that it closes; it is long along the flight.
  float cloud = noise(around * 2.6 + vec2(depth * 0.9 + 2.2 * travel, depth * 0.5)) * 0.62;
  cloud += noise(around * 6.5 + vec2(depth * 1.4 + 3.4 * travel, -depth)) * 0.34 + noise(around * 17.0 + depth * 0.6 + 2.0 * travel) * 0.16;
  float thick = smoothstep(0.32, 0.95, cloud);
  float heard = heardAt(abs(fract(swirl / TAU + 0.25) * 2.0 - 1.0));
  vec3 wall = mix(cool, warm, smoothstep(0.45, 0.85, cloud + 0.25 * sin(swirl * 2.0 + depth)));
  vec3 colour = wall * wall * thick * (0.7 + 1.4 * iEnvelopes[2]) * smoothstep(0.02, 0.55, far);
  float thread = smoothstep(0.62, 0.9, noise(vec2(cos(swirl), sin(swirl)) * 23.0 + depth * 0.25 + 0.9 * travel));
  colour += mix(wall, vec3(1), 0.3) * thread * heard * heard * 1.5 * smoothstep(0.1, 0.7, far);
  // Rings come with the beats and widen.
  float ring = abs(far - 0.05 - 1.9 * iBeatPhase * iBeatPhase);
  colour += warm * exp(-ring * ring * 60.0) * (1.0 - iBeatPhase) * 0.5 * iEnvelopes[0];
  colour += mix(warm, vec3(1), 0.6) * exp(-11.0 * far) * (0.6 + 1.2 * iEnvelopes[0]);
  return colour * warp;
}

// far is how far from where the flight goes to, around how long a circle of that width is, for its radius.
vec3 streaks(float far, float angle, float around, float travel, float rush, float warp) {
  // Stars: in each layer one to a cell of angle, running outwards; a layer counts its own turns.
  vec3 stars = vec3(0);
  for (int i = 0; i < 13; i++) {
    float layer = float(i);
    float turns = travel * (0.45 + 0.05 * mod(layer, 5.0)) + layer / 13.0;
    float age = fract(turns), round_ = floor(turns);
    float cells = 26.0 + 6.0 * mod(layer, 4.0);
    float place = angle / TAU * cells + 17.0 * fract(layer * 0.618 + mod(round_, 64.0) * 0.7549);
    float random = hash(vec2(mod(floor(place), cells), layer + 31.0 * mod(round_, 64.0)));
    float near = 0.05 + 2.2 * age * age + 0.3 * fract(random * 7.0) * age;
    float length_ = 0.004 + 0.6 * rush * age * sqrt(age);
    float wide = fract(place) - 0.5 - 0.5 * (fract(random * 13.0) - 0.5);
    float across = wide / cells * TAU * around;
    float along = max(abs(far - near) - length_ * 0.5, 0.0);
    float size = 0.0018 + 0.0040 * age + 0.6 / iResolution.y;
    float off = (across * across + along * along / (1.0 + 5.0 * warp)) / (size * size);
    if (off > 9.0) continue;
    float bright = exp(-off) * smoothstep(0.35, 1.0, random);
    float head = smoothstep(near - length_ * 0.5, near + length_ * 0.5, far);
    vec3 tint = mix(mix(vec3(0.65, 0.8, 1.0), vec3(1.0, 0.82, 0.7), fract(random * 5.0)), warm, 0.35 * warp);
    stars += tint * bright * (0.35 + 0.65 * head) * smoothstep(0.02, 0.45 - 0.25 * warp, age) * smoothstep(1.0, 0.85, age);
  }
  return stars;
}
vec4 shown(vec3 colour, vec2 fragCoord) {
  colour = 1.0 - exp(-1.6 * colour);
  return vec4(pow(colour, vec3(0.85)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  warm = hued(glow);
  cool = hued(gas);
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float warp = warpNow(), landing = iDrop * exp(-18.0 * iSectionProgress);
  uv *= turned(0.22 * sin(iTime * 0.19) + 0.16 * warp * sin(iTime * 0.43));
  vec2 frame = uv;
  // Where the flight goes to: it wanders, and dives in a jump.
  uv -= vec2(0.55 * sin(iTime * 0.13 + 2.0 * iSection), 0.30 * sin(iTime * 0.17 + iSection));
  float far = length(uv), angle = atan(uv.y, uv.x);
  float travel = speed * (0.10 * iTime + 0.85 * iBassTime);
  float rush = stretch * (0.02 + warp * (0.35 + 0.7 * iEnvelopes[0] + 0.6 * landing));
  vec3 colour = vec3(0.006, 0.008, 0.022);
  if (warp < 0.9) colour += sky(frame) * (1.0 - warp / 0.9);
  float open_ = 1.0;
  float calm = 1.0 - smoothstep(0.25, 0.9, warp);
  if (calm > 0.0) {
    float near = smoothstep(0.0, 1.0, iSectionProgress);
    float which = mod(max(iSection, 0.0), 3.0);
    // What lies beside the way stays behind when the jump begins.
    vec2 seen = (frame - 0.15 * (uv - frame)) * (1.0 + 0.8 * smoothstep(0.2, 0.9, warp));
    vec4 world = which < 0.5 ? giant(seen, near) : which < 1.5 ? dawn(seen, near) : wheel(seen, near);
    colour = mix(colour, vec3(0), world.a * calm) + world.rgb * calm * (world.a > 0.0 && which < 0.5 ? world.a : 1.0);
    open_ = 1.0 - world.a * calm;
  }
  if (warp > 0.0) colour += tunnel(far, angle, 0.6 / (far + 0.06), travel, warp * warp * (1.0 + 0.9 * landing));
  vec3 stars = streaks(far, angle, far, travel, rush, warp);
  colour += stars * (1.5 + 1.2 * iHigh) * open_;
  colour += mix(warm, vec3(1), 0.5) * landing * (0.10 + 0.55 * exp(-2.2 * far));
  fragColor = shown(colour, fragCoord);
}

// The edge of the night side of a world below, as a globe, and the sun that comes up behind it.
vec4 globe(vec3 ray, float near) {
  const float BIG = 1.0;
  vec3 centre = vec3(0.25, -1.30 + 0.10 * near, -0.55);
  float along = dot(centre, ray), off = length(centre - ray * along);
  float high = along > 0.0 ? off - BIG : length(centre) - BIG, soft = 4.0 / iResolution.y;
  float ground = along > 0.0 ? smoothstep(soft, -soft, high) : 0.0;
  // Where the limb is highest ahead.
  vec3 sun = normalize(vec3(0.30, 0.02 + 0.10 * near, -1.0));
  float away = length(ray - sun), toward = exp(-1.6 * away * away);
  vec3 air = mix(cool * 0.8 + vec3(0.05, 0.15, 0.3), vec3(1.0, 0.75, 0.5), toward);
  vec3 colour = air * exp(-17.0 * max(high, 0.0)) * (0.35 + 1.5 * toward) * (1.0 - ground);
  float disc = smoothstep(0.074, 0.066, away);
  colour += (1.0 - ground) * (vec3(3.0, 2.4, 1.7) * disc + vec3(1.0, 0.7, 0.42) * 0.05 / (0.05 + away * away * 6.0));
  colour += vec3(1.0, 0.65, 0.4) * (0.3 + 0.7 * near) * exp(-5.0 * away) * (0.4 + 0.6 * iEnvelopes[1]);
  if (ground > 0.0) {
    vec3 place = (ray * (along - sqrt(max(BIG * BIG - off * off, 0.0))) - centre) / BIG;
    place.yz = turned(0.01 * iTime) * place.yz;
    vec3 map = place * 36.0, own = floor(map), cell = fract(map) - 0.5;
    float chance = hash(own), town = smoothstep(0.45, 0.75, noise(place * 9.0)) * step(0.35, chance) * exp(-9.0 * dot(cell, cell));
    vec3 lamps = mix(vec3(1.0, 0.72, 0.4), warm, fract(chance * 9.0));
    float low = high * 1.6;
    colour += ground * (air * exp(9.0 * low) * (0.12 + 0.8 * toward) + lamps * town * (0.3 + 1.8 * iEnvelopes[int(chance * 7.99)]));
  }
  return vec4(colour, ground);
}
// All around: stars pass from ahead to behind, and a jump is a tube about the viewer.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  warm = hued(glow);
  cool = hued(gas);
  float warp = warpNow(), landing = iDrop * exp(-18.0 * iSectionProgress);
  vec3 ray = fragRayDir;
  float far = acos(clamp(-ray.z, -1.0, 1.0)), angle = atan(ray.y, ray.x), aside = length(ray.xy);
  float travel = speed * (0.10 * iTime + 0.85 * iBassTime);
  float rush = stretch * (0.02 + warp * (0.35 + 0.7 * iEnvelopes[0] + 0.6 * landing));
  vec3 colour = vec3(0.006, 0.008, 0.022);
  if (warp < 0.9) colour += sky(ray) * (1.0 - warp / 0.9);
  float open_ = 1.0, calm = 1.0 - smoothstep(0.25, 0.9, warp);
  if (calm > 0.0) {
    float near = smoothstep(0.0, 1.0, iSectionProgress);
    float which = mod(max(iSection, 0.0), 3.0);
    // One world ahead and another behind, but for the one that lies below.
    bool ahead = ray.z < 0.0;
    vec2 seen = 0.8 * (ahead ? ray.xy : vec2(-ray.x, ray.y)) / max(abs(ray.z), 1e-3);
    bool giants = ahead == which < 0.5;
    vec4 world = which > 0.5 && which < 1.5 ? globe(ray, near) : giants ? giant(seen, near) : wheel(seen, near);
    colour = mix(colour, vec3(0), world.a * calm) + world.rgb * calm * (world.a > 0.0 && giants && (which < 0.5 || which > 1.5) ? world.a : 1.0);
    open_ = 1.0 - world.a * calm;
  }
  // Behind the tube goes on as ahead, darker.
  float depth = 0.6 * ray.z / (aside + 0.06);
  if (warp > 0.0) colour += tunnel(ray.z < 0.0 ? aside : 2.0 - aside, angle, -depth, travel, warp * warp * (1.0 + 0.9 * landing))
    * smoothstep(0.02, 0.5, aside + max(-ray.z, 0.0));
  // As long a way as on a flat picture leads all the way to behind.
  colour += streaks(far / 1.2, angle, aside / 1.2, travel, rush, warp) * (1.5 + 1.2 * iHigh) * open_;
  colour += mix(warm, vec3(1), 0.5) * landing * (0.10 + 0.55 * exp(-2.2 * far));
  fragColor = shown(colour, fragCoord);
}
