// Dye in a fluid that never rests: a buffer carries its colours from frame to frame along a field of
// eddies; bass and treble pour in more. Springs wander, jets meet, a vortex turns, rain falls and rings burst with the parts
// of the song, in the dark and on paper.
// helios: float speed = 0.45 [0, 3] How fast it flows
// helios: float keep = 0.97 [0.9, 1] How much of the dye is left after a frame of 1/30 s
// helios: color first = #ff4d2e Colour of the bass
// helios: color second = #2e7bff Colour of the treble

float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
// Which of five pictures is shown: another with each act of the song.
float act() { return mod(iAct, 5.0); }
// How much light is left where the song falls silent; without a song, all of it.
float resting() {
  return mix(mix(0.25, 1.0, smoothstep(-46.0, -26.0, iLoudness)), 1.0, exp(-4.0 * iAmplitudeTime));
}
// A colour turned around grey.
vec3 hued(vec3 colour, float angle) {
  float c = cos(angle), s = sin(angle);
  vec3 grey = vec3(0.57735);
  return max(colour * c + cross(grey, colour) * s + grey * dot(grey, colour) * (1.0 - c), 0.0);
}
// How a smooth noise rises at a point.
vec2 slope(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  vec2 u = f * f * f * (f * (f * 6.0 - 15.0) + 10.0), rise = 30.0 * f * f * (f * (f - 2.0) + 1.0);
  float a = hash(i), b = hash(i + vec2(1, 0)), c = hash(i + vec2(0, 1)), d = hash(i + vec2(1, 1));
  return rise * (vec2(b - a, c - a) + (a - b - c + d) * u.yx);
}
// Each noise has a grid of its own direction, or the eddies would be square.
const mat2 ASLANT = mat2(0.8, 0.6, -0.6, 0.8), STEEP = mat2(0.28, 0.96, -0.96, 0.28);
// Along the lines of equal height of a moving landscape: nothing gathers anywhere, as in water.
vec2 velocity(vec2 p) {
  float time = 0.12 * iTime;
  vec2 rise = 1.3 * slope(p * 1.3 + vec2(time, -time))
    + 1.45 * slope(2.9 * ASLANT * p - vec2(1.7 * time, time)) * ASLANT
    + 1.34 * slope(6.1 * STEEP * p + 2.0 * time) * STEEP;
  vec2 flow = vec2(rise.y, -rise.x);
  float kind = act();
  // Jets from both sides meet in the middle and part upwards and downwards.
  if (kind > 0.5 && kind < 1.5) flow += 1.3 * vec2(-p.x, p.y);
  else if (kind > 1.5 && kind < 2.5) flow = 0.45 * flow + 2.6 * vec2(-p.y, p.x) / (0.35 + dot(p, p));
  else if (kind > 2.5 && kind < 3.5) flow = 0.55 * flow + vec2(0.25 * sin(2.0 * p.y + iTime * 0.3), -1.5);
  return flow;
}
vec2 placeOf(vec2 pixel) { return (pixel * 2.0 - iResolution.xy) / iResolution.y; }

// helios: pass bufferA
// helios: iChannel0 = bufferA
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 p = placeOf(fragCoord);
  float step_ = iTimeDelta * speed;
  vec2 middle = p - 0.5 * step_ * velocity(p) * (0.35 + 0.5 * iEnergy);
  vec2 from = p - step_ * velocity(middle) * (0.35 + 0.5 * iEnergy);
  vec2 pixel = (from * iResolution.y + iResolution.xy) * 0.5;
  vec3 dye = texture(iChannel0, pixel / iResolution.xy).rgb * pow(keep, iTimeDelta * 30.0);
  if (iFrame == 0) {
    // Some was poured before.
    float band = sin(2.2 * p.x + 1.7 * sin(1.9 * p.y + 0.6));
    dye = hued(mix(first, second, smoothstep(-0.6, 0.6, band)), 1.15 * act()) * smoothstep(0.1, 0.9, abs(band));
    dye *= mix(0.2, 0.5, smoothstep(-42.0, -12.0, iLoudness));
  }
  // Four springs, two of each colour, on slow paths of their own.
  for (int i = 0; i < 4; i++) {
    float n = float(i);
    vec2 spring = vec2(1.15, 0.62) * vec2(sin(iTime * 0.31 + n * 1.9), cos(iTime * 0.23 + n * 2.7));
    float loud = i < 2 ? iEnvelopes[i] : iEnvelopes[i * 2];
    float beat = i < 2 ? exp(-4.0 * iBeatPhase) : 0.6 * iOnset;
    float kind = act(), many = 110.0;
    if (kind > 0.5 && kind < 1.5) spring = vec2(i % 2 == 0 ? -1.25 : 1.25, 0.4 * sin(iTime * 0.4 + n * 1.6));
    else if (kind > 1.5 && kind < 2.5) spring = (0.35 + 0.2 * n) * vec2(cos(1.571 * n + 0.2 * iTime), sin(1.571 * n + 0.2 * iTime));
    else if (kind > 2.5 && kind < 3.5) { spring = vec2(0.9 * (n - 1.5) + 0.3 * sin(iTime * 0.5 + n), 0.85); many = 40.0; }
    vec2 d = p - spring;
    // Rings that grow with each beat.
    if (kind > 3.5) {
      d = vec2(length(p - 0.35 * vec2(sin(iTime * 0.21 + n * 1.57), cos(iTime * 0.17 + n * 1.57))) - 0.12 - 0.5 * iBeatPhase, 0.0);
      many = 900.0;
    }
    float pour = (0.5 + 2.6 * loud + 3.0 * beat) * exp(-dot(d, d) * many) * (1.0 + 4.0 * iDrop * exp(-14.0 * iSectionProgress));
    // Paper wants more: it was nearly empty between the beats.
    if (kind > 0.5 && kind < 1.5 || kind > 3.5) pour *= 1.7;
    vec3 hue = i < 2 ? mix(first, vec3(1.0, 0.75, 0.3), n * 0.5) : mix(second, vec3(0.3, 1.0, 0.85), (n - 2.0) * 0.55);
    dye += hued(hue, 1.15 * kind) * pour * iTimeDelta * 9.0;
  }
  fragColor = vec4(min(dye, 6.0), 1.0);
}

// helios: pass image
// helios: iChannel0 = bufferA
void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 at = fragCoord / iResolution.xy, e = 1.5 / iResolution.xy;
  vec3 dye = texture(iChannel0, at).rgb;
  vec3 tone = vec3(0.333);
  float right = dot(texture(iChannel0, at + vec2(e.x, 0)).rgb, tone), left = dot(texture(iChannel0, at - vec2(e.x, 0)).rgb, tone);
  float above = dot(texture(iChannel0, at + vec2(0, e.y)).rgb, tone), below = dot(texture(iChannel0, at - vec2(0, e.y)).rgb, tone);
  // The dye as a surface, lit from above on the left.
  vec3 normal = normalize(vec3(left - right, below - above, 0.16 * 1080.0 / iResolution.y));
  vec3 light = normalize(vec3(-0.5, 0.7, 0.6));
  float shine = pow(max(dot(reflect(-light, normal), vec3(0, 0, 1)), 0.0), 24.0);
  vec3 colour = 1.0 - exp(-1.25 * dye);
  colour *= 0.75 + 0.45 * max(dot(normal, light), 0.0);
  colour += 0.35 * shine * smoothstep(0.02, 0.4, dot(dye, tone));
  vec2 p = placeOf(fragCoord);
  // On paper the dye takes light instead of giving it.
  float kind = act();
  if ((kind > 0.5 && kind < 1.5) || kind > 3.5) {
    float most = max(max(dye.r, dye.g), max(dye.b, 1e-3));
    vec3 taken = (1.0 - dye / most) * 1.6 + 0.35;
    colour = vec3(0.93, 0.90, 0.84) * exp(-taken * (1.0 - exp(-1.1 * most)) * 1.7);
    colour *= 0.82 + 0.24 * max(dot(normal, light), 0.0);
    colour += 0.12 * shine * smoothstep(0.02, 0.4, dot(dye, tone)) - vec3(0.06) * dot(p, p);
  }
  colour *= resting();
  colour += vec3(0.012, 0.014, 0.035) * (1.2 - 0.3 * dot(p, p));
  fragColor = vec4(pow(max(colour, 0.0), vec3(0.9)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
