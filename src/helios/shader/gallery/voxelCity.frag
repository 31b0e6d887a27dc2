// A city of blocks at night, flown through: windows and roofs light up with the bands of the song.
// helios: float speed = 1.0 [0, 4] How fast it flies
// helios: float tall = 1.0 [0.3, 2] How high the houses are
// helios: color haze = #3a2a78 Colour of the air
// helios: color lamp = #ffb35c Colour of the windows
// helios: color neon = #20e0ff Colour of the roofs

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
float heard(vec2 cell) { return iEnvelopes[int(hash(cell + 3.7) * 7.99)]; }
bool isStreet(vec2 cell) { return abs(cell.x) < 0.5 || mod(cell.y, 7.0) < 0.5; }
float house(vec2 cell) {
  if (isStreet(cell)) return 0.0;
  float random = hash(cell);
  float far = smoothstep(1.0, 7.0, abs(cell.x));
  return tall * (0.5 + 2.2 * random * random + 2.8 * far * pow(random, 3.0) + 0.55 * heard(cell) * (0.4 + random));
}
const vec3 MOON = vec3(0.31456, 0.30557, -0.89873);
vec3 air(vec3 ray) {
  float up = max(ray.y, 0.0);
  vec3 colour = mix(haze * 0.85, vec3(0.012, 0.012, 0.05), smoothstep(0.0, 0.5, up));
  colour += vec3(1.0, 0.35, 0.45) * 0.30 * exp(-9.0 * up) * (0.6 + 0.8 * iEnvelopes[1]);
  return colour + haze * 0.7 * pow(max(dot(ray, MOON), 0.0), 90.0);
}
vec3 heaven(vec3 ray) {
  vec3 colour = air(ray);
  vec2 grid = vec2(atan(ray.x, -ray.z), ray.y) * 70.0;
  vec2 own = floor(grid);
  vec2 star = fract(grid) - 0.2 - 0.6 * vec2(hash(own + 5.0), hash(own + 9.0));
  colour += pow(hash(own), 14.0) * exp(-240.0 * dot(star, star)) * smoothstep(0.1, 0.5, ray.y);
  return colour + vec3(0.95, 0.9, 0.8) * smoothstep(0.9972, 0.9977, dot(ray, MOON));
}
vec3 city(vec3 eye, vec3 ray) {
  float travel = 1.1 * speed * iTime + 0.8 * iAmplitudeTime;
  vec3 origin = eye + vec3(0.5 + 0.10 * sin(iTime * 0.4), 1.15 + 0.25 * sin(iTime * 0.23), -travel);
  // Cell by cell, as a line is drawn on a grid.
  vec2 cell = floor(origin.xz);
  vec2 step_ = vec2(ray.x < 0.0 ? -1.0 : 1.0, ray.z < 0.0 ? -1.0 : 1.0);
  vec2 inverse = 1.0 / max(abs(ray.xz), 1e-5);
  vec2 next = (step_ * (cell - origin.xz) + max(step_, 0.0)) * inverse;
  float t = 0.0;
  vec3 normal = vec3(0);
  float top = 0.0;
  bool hit = false;
  float glow = 0.0;
  for (int i = 0; i < 56; i++) {
    top = house(cell);
    float leave = min(next.x, next.y);
    float enterY = origin.y + ray.y * t;
    if (enterY < top) { hit = true; break; }
    float roof = ray.y < 0.0 ? (top - origin.y) / ray.y : 1e5;
    if (roof < leave) { t = roof; normal = vec3(0, 1, 0); hit = true; break; }
    if (enterY > 7.0 * tall && ray.y > 0.0) break;
    t = leave;
    if (next.x < next.y) { next.x += inverse.x; cell.x += step_.x; normal = vec3(-step_.x, 0, 0); }
    else { next.y += inverse.y; cell.y += step_.y; normal = vec3(0, 0, -step_.y); }
  }
  if (!hit) return heaven(ray);
  // In the haze before a house there is the light of the sky, not its moon and stars.
  vec3 behind = air(ray);
  vec3 at = origin + ray * t;
  float random = hash(cell), loud = heard(cell);
  vec3 colour = vec3(0.035, 0.03, 0.06) + haze * 0.12 * (0.4 + max(normal.y, 0.0));
  if (top < 0.01) {
    // The street: lane marks, lamps' light, and the neon mirrored in it.
    vec2 lane = fract(at.xz);
    float mark = smoothstep(0.03, 0.015, abs(lane.x - 0.5)) * step(0.5, fract(at.z * 2.0)) * step(abs(cell.x), 0.5);
    colour = vec3(0.03, 0.03, 0.05) + 0.5 * mark * lamp;
    vec2 side = abs(lane - 0.5);
    colour += lamp * 0.10 * smoothstep(0.2, 0.5, max(side.x, side.y)) + neon * 0.16 * iEnvelopes[0] * smoothstep(0.35, 0.5, side.x);
    // Cars: lights that run along.
    float lane_ = sign(lane.x - 0.5);
    float car = fract(at.z * 0.22 + lane_ * iTime * 0.5 + 0.3 * lane_);
    float lights = smoothstep(0.035, 0.0, abs(car - 0.5)) * smoothstep(0.10, 0.02, abs(abs(lane.x - 0.5) - 0.22));
    colour += lights * (lane_ > 0.0 ? vec3(1.0, 0.12, 0.1) : vec3(1.0, 0.95, 0.8)) * 2.2 * step(abs(cell.x), 0.5);
  } else if (normal.y > 0.5) {
    vec2 rim = abs(fract(at.xz) - 0.5);
    float edge = smoothstep(0.42, 0.47, max(rim.x, rim.y));
    colour += mix(neon, vec3(1.0, 0.2, 0.7), step(0.55, random)) * edge * (0.5 + 1.3 * loud + 0.25 * exp(-5.0 * iBeatPhase));
  } else {
    float along = abs(normal.x) > 0.5 ? at.z : at.x;
    vec2 pane = vec2(fract(along) * 7.0, at.y * 8.0);
    vec2 window = floor(pane);
    vec2 inside = fract(pane);
    float frame = step(0.18, inside.x) * step(inside.x, 0.82) * step(0.25, inside.y) * step(inside.y, 0.8);
    frame *= step(at.y, top - 0.10) * step(0.12, at.y);
    float own = hash(cell * 7.0 + window + normal.xz * 3.0);
    float on = step(0.66, own) * (0.35 + 0.65 * hash(window + cell)) + (0.25 + 0.55 * smoothstep(0.1, 1.0, loud)) * step(own, 0.36);
    vec3 tint = mix(lamp, mix(neon, vec3(1.0, 0.3, 0.6), random), step(own, 0.36));
    // Panes melt together where they are smaller than pixels.
    float blur = smoothstep(8.0, 26.0, t);
    colour += tint * mix(frame * on, 0.42 * on, blur) * 1.25;
    colour += mix(neon, vec3(1.0, 0.2, 0.7), step(0.55, random)) * smoothstep(0.05, 0.02, top - at.y) * (0.6 + 1.4 * loud);
    colour *= 0.75 + 0.25 * abs(normal.x);
    colour += haze * 0.25 * exp(-2.5 * at.y);
  }
  // What passes near by fills the picture: it is dim, lest it flash.
  colour *= mix(0.45, 1.0, smoothstep(0.6, 4.0, t));
  float fog = 1.0 - exp(-0.0022 * t * t);
  return mix(colour, behind * 0.9 + haze * 0.22, fog);
}
// How many parts of the song have been; one that lasts has parts of twenty-four bars.
float acts() { return iAct; }
// A colour turned around grey: other ones with each part.
vec3 hued(vec3 colour) {
  float angle = 1.15 * sin(2.4 * acts());
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}
vec3 shown(vec3 colour) {
  float light = 1.5 + 0.3 * iEnergy + 0.4 * iDrop + 1.0 * iDrop * exp(-14.0 * iSectionProgress);
  light *= 0.82 + 0.45 * fract(0.618 * acts());
  // As bright as the song is loud.
  light *= mix(0.25, 1.1, smoothstep(-36.0, -8.0, iLoudness));
  return pow(1.0 - exp(-light * hued(colour)), vec3(0.85));
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float yaw = 0.35 * sin(iTime * 0.17), pitch = -0.06 + 0.10 * sin(iTime * 0.11);
  vec3 ray = normalize(vec3(uv, -1.35));
  ray.yz = mat2(cos(pitch), sin(pitch), -sin(pitch), cos(pitch)) * ray.yz;
  ray.xz = mat2(cos(yaw), sin(yaw), -sin(yaw), cos(yaw)) * ray.xz;
  vec3 colour = city(vec3(0), ray) * (1.0 - 0.10 * dot(uv, uv));
  fragColor = vec4(shown(colour) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}

void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  // One unit is ten metres: a city as seen by those who fly in it.
  fragColor = vec4(shown(city(fragRayOri, fragRayDir)), 1.0);
}
