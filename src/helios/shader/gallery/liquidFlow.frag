// Dye in a fluid that never rests: a buffer carries its colours from frame to frame along a field of
// eddies; bass and treble pour in more.
// helios: float speed = 0.45 [0, 3] How fast it flows
// helios: float keep = 0.97 [0.9, 1] How much of the dye is left after a frame of 1/30 s
// helios: color first = #ff4d2e Colour of the bass
// helios: color second = #2e7bff Colour of the treble

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
// How a smooth noise rises at a point.
vec2 slope(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  vec2 u = f * f * f * (f * (f * 6.0 - 15.0) + 10.0), rise = 30.0 * f * f * (f * (f - 2.0) + 1.0);
  float a = hash(i), b = hash(i + vec2(1, 0)), c = hash(i + vec2(0, 1)), d = hash(i + vec2(1, 1));
  return rise * (vec2(b - a, c - a) + (a - b - c + d) * u.yx);
}
// Along the lines of equal height of a moving landscape: nothing gathers anywhere, as in water.
vec2 velocity(vec2 p) {
  float time = 0.12 * iTime;
  vec2 rise = 1.3 * slope(p * 1.3 + vec2(time, -time)) + 1.45 * slope(p * 2.9 - vec2(1.7 * time, time))
    + 1.34 * slope(p * 6.1 + 2.0 * time);
  return vec2(rise.y, -rise.x);
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
  if (iFrame == 0) dye = vec3(0);
  // Four springs, two of each colour, on slow paths of their own.
  for (int i = 0; i < 4; i++) {
    float n = float(i);
    vec2 spring = vec2(1.15, 0.62) * vec2(sin(iTime * 0.31 + n * 1.9), cos(iTime * 0.23 + n * 2.7));
    float loud = i < 2 ? iEnvelopes[i] : iEnvelopes[i * 2];
    float beat = i < 2 ? exp(-4.0 * iBeatPhase) : 0.6 * iOnset;
    vec2 d = p - spring;
    float pour = (0.5 + 2.6 * loud + 3.0 * beat) * exp(-dot(d, d) * 110.0);
    vec3 hue = i < 2 ? mix(first, vec3(1.0, 0.75, 0.3), n * 0.5) : mix(second, vec3(0.3, 1.0, 0.85), (n - 2.0) * 0.55);
    dye += hue * pour * iTimeDelta * 9.0;
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
  colour += vec3(0.012, 0.014, 0.035) * (1.2 - 0.3 * dot(p, p));
  fragColor = vec4(pow(max(colour, 0.0), vec3(0.9)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
