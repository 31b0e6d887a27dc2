// A tunnel of lit panels: each ring shows the spectrum around it, and the bass drives it on. Round, a shaft, a hall, a
// twisted hexagon and bare hoops take turns with the parts of the song.
// helios: float speed = 1.0 [0, 4] How fast it moves without sound
// helios: float bend = 1.0 [0, 2] How much it winds
// helios: color warm = #ff7a3c Colour of the bass
// helios: color cool = #2f8cff Colour of the treble

const float TAU = 6.2831853;

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
// Which of five pictures is shown: another with each act of the song.
float act() { return mod(iAct, 5.0); }
// How often all five were seen: what comes again is not the same.
float turns() { return floor(iAct / 5.0); }
// A colour turned around grey.
vec3 hued(vec3 colour, float angle) {
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}
// How far from the tunnel's middle a place is, of a wall at 1; what it has for a section.
float wall(vec2 q, float z, float kind) {
  if (kind < 0.5) return length(q) / 1.6;
  if (kind < 1.5) { q *= q; q *= q; return pow(dot(q, q), 0.125) / 1.35; }
  if (kind < 2.5) return length(q * vec2(0.36, 0.62));
  if (kind < 3.5) {
    float a = 0.16 * z;
    q = abs(mat2(cos(a), sin(a), -sin(a), cos(a)) * q);
    return max(q.x * 0.866 + q.y * 0.5, q.y) / 1.4;
  }
  return length(q) / 1.9;
}
vec2 path(float z) { return bend * vec2(sin(z * 0.11) * 1.6, cos(z * 0.083) * 1.2); }
float travelled() { return 2.6 * speed * iTime + 2.6 * iBassTime; }

// The spectrum at a place in [0, 1], between its bars without a step.
float spectrumAt(float place) {
  float bar = 1.0 + 60.0 * place, past = smoothstep(0.0, 1.0, fract(bar));
  int i = int(bar);
  vec2 near = vec2(iSpectrum[i - 1] + iSpectrum[i], iSpectrum[i + 1] + iSpectrum[i]);
  return 0.5 * mix(near.x, near.y, past);
}

// What a ray from a place in the tunnel sees.
vec3 scene(vec3 origin, vec3 ray) {
  float travel = travelled(), kind = act();
  float landing = iDrop * exp(-9.0 * iSectionProgress);

  // Steps that shrink the distance to a wall of radius 1.6 around the path.
  float t = 0.0;
  vec3 at = origin;
  for (int i = 0; i < 22; i++) {
    at = origin + ray * t;
    float room = 1.5 * (1.0 - wall(at.xy - path(at.z), at.z, kind));
    if (room < 0.004) break;
    t += room * 0.85 + 0.01;
  }
  vec2 around = at.xy - path(at.z);
  float turn = atan(around.y, around.x) / TAU + 0.5;
  if (kind > 2.5 && kind < 3.5) turn = fract(turn + 0.16 * at.z / TAU);
  float ring = at.z * (kind < 0.5 ? 1.25 : kind < 1.5 ? 0.45 : kind < 2.5 ? 0.8 : kind < 3.5 ? 1.6 : 1.0);
  float columns = kind < 0.5 ? 24.0 : kind < 1.5 ? 40.0 : kind < 2.5 ? 64.0 : kind < 3.5 ? 6.0 : 1.0;
  vec2 cell = vec2(floor(turn * columns), floor(ring));
  vec2 inside = abs(fract(vec2(turn * columns, ring)) - 0.5) * 2.0;
  // What stands between two cells, a hoop or a line, is of one colour on both sides.
  float nearest = floor(ring + 0.5);
  float random = hash(cell);
  // Each panel has a band of its own, so that light wanders all around.
  int band = int(44.0 * random * random);
  float heard = mix(iSpectrum[band], iEnvelopes[band / 6], 0.7);
  float panel = smoothstep(0.96, 0.82, inside.x) * smoothstep(0.96, 0.82, inside.y);
  float lamp = (0.2 + 0.8 * smoothstep(0.38, 1.0, heard)) * step(0.45, hash(cell + 9.0));
  float idle = 0.06 + 0.30 * pow(random, 9.0) * (0.5 + 0.5 * sin(iTime * 2.0 + random * 40.0));
  vec3 hue = mix(warm, cool, smoothstep(0.15, 0.85, abs(fract(turn + 0.25 + 0.02 * ring) * 2.0 - 1.0)));
  hue = hued(hue, 1.5 * kind + 0.7 * turns());
  hue *= hue;
  // A lamp behind each panel, brightest in its middle.
  float bulb = 0.55 + 0.9 * (1.0 - dot(inside, inside) * 0.5);
  vec3 colour = hue * panel * bulb * (idle + 1.5 * lamp);
  if (kind > 3.5) {
    // Hoops: thin, each as bright as its own band, and wider where a bar of the spectrum is high.
    float bar = spectrumAt(abs(fract(turn + 0.25) * 2.0 - 1.0));
    float band = iEnvelopes[int(nearest) & 7];
    float off = 1.0 - inside.y, wide = 0.6 + 2.0 * bar;
    float thin = exp(-90.0 / (wide * wide) * off * off) + 0.22 * exp(-4.0 * off);
    float kindred = 0.5 * sin(nearest) + 1.3 * turns();
    vec3 lit = hued(mix(cool, warm, fract(nearest * 0.37)), kindred);
    colour = lit * lit * thin * (1.0 + 0.8 * band + 0.7 * bar);
    // Between them the night is a wall of beams along the way, each as bright as its bar.
    float beam = pow(0.5 + 0.5 * cos(TAU * 16.0 * turn), 6.0);
    vec3 night = hued(mix(warm, cool, abs(turn * 2.0 - 1.0)), 1.3 * turns() + 0.6);
    colour += night * night * (0.04 + (0.1 + 0.5 * beam) * bar);
    panel *= 0.0;
  }
  // Light that runs ahead with each beat, and lines between the panels.
  float wave = at.z - travel - 26.0 * iBeatPhase;
  if (kind > 3.5) colour += hue * 0.12 * exp(-1.2 * abs(wave)) * (1.0 - iBeatPhase);
  colour += (hue + 0.1) * panel * 0.4 * exp(-1.2 * abs(wave)) * (1.0 - iBeatPhase);
  float seam = smoothstep(0.90, 0.97, inside.y) * smoothstep(1.0, 0.8, inside.x);
  colour += hue * seam * (0.45 + 1.2 * iEnvelopes[int(nearest) & 7]);
  // What passes near by fills the picture: it is dim, lest it flash.
  colour *= 0.3 + 0.7 * smoothstep(0.5, kind > 3.5 ? 6.0 : 4.0, t);
  float fog = exp(-0.075 * t);
  vec3 far = mix(cool, warm, 0.3 + 0.6 * iBass);
  far = hued(far, 1.5 * kind + 0.7 * turns());
  far = far * far * (0.5 + (kind > 3.5 ? 0.15 : 0.2) * iEnvelopes[0] + 0.5 * landing);
  colour = mix(far, colour, fog) + far * 0.5 * exp(-1.1 * max(22.0 - t, 0.0));
  // As bright as the song is loud; a drop is lighter than what was before it.
  float lit = kind < 0.5 ? 0.8 : kind < 1.5 ? 1.15 : kind < 2.5 ? 0.75 : kind < 3.5 ? 1.35 : 1.0;
  return colour * lit * (1.0 + 0.35 * iDrop + 0.8 * landing) * mix(0.45, 1.05, smoothstep(-42.0, -14.0, iLoudness));
}
vec3 shown(vec3 colour, vec2 fragCoord) {
  colour = 1.0 - exp(-1.9 * max(colour, 0.0));
  return pow(colour, vec3(0.8)) + (hash(fragCoord) - 0.5) / 255.0;
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float travel = travelled(), kind = act();
  float roll = 0.25 * sin(iTime * 0.2);
  vec2 leant = uv * mat2(cos(roll), -sin(roll), sin(roll), cos(roll));
  vec3 origin = vec3(path(travel), travel);
  vec3 ahead = normalize(vec3(path(travel + 3.0), travel + 3.0) - origin);
  vec3 side = normalize(cross(vec3(0, 1, 0), ahead));
  // A drop widens what is seen.
  float lens = (kind < 1.5 ? 1.25 : kind < 2.5 ? 0.95 : 1.1) - 0.35 * iDrop * exp(-6.0 * iSectionProgress);
  vec3 ray = normalize(leant.x * side + leant.y * cross(ahead, side) + lens * ahead);
  vec3 colour = scene(origin, ray) * (1.0 - 0.22 * dot(uv, uv));
  fragColor = vec4(shown(colour, fragCoord), 1.0);
}

// All around the heading stays: whoever stands inside is carried, not turned nor rolled.
void mainVR(out vec4 fragColor, in vec2 fragCoord, in vec3 fragRayOri, in vec3 fragRayDir) {
  const vec3 FORWARD = vec3(1, 1, -1);
  vec3 origin = vec3(path(travelled()), travelled()) + fragRayOri * FORWARD;
  fragColor = vec4(shown(scene(origin, fragRayDir * FORWARD), fragCoord), 1.0);
}
