// A ring of the spectrum around a molten core; sparks leave it with each beat.
// helios: float radius = 0.5 [0.2, 0.8] Of the ring
// helios: float reach = 0.38 [0.1, 0.8] How far the loudest goes
// helios: color inner = #ff9a3c Colour of the core and the bass
// helios: color outer = #8a4dff Colour of the treble

const float TAU = 6.2831853;
float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }
float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
  vec2 uv = (fragCoord * 2.0 - iResolution.xy) / iResolution.y;
  float distance_ = length(uv), angle = atan(uv.x, uv.y) / TAU;
  float pulse = exp(-4.0 * iBeatPhase);
  float size = radius * (1.0 + 0.05 * iEnvelopes[0] + 0.03 * pulse);
  vec3 colour = vec3(0.008, 0.006, 0.02) + outer * outer * exp(-2.2 * distance_) * (0.10 + 0.12 * iEnergy);

  // Bars: 64 in each quarter, mirrored; the bass is above and below.
  float place = abs(fract(angle * 2.0 + 0.5) * 2.0 - 1.0) * 63.999;
  int bar = clamp(int(place), 0, 63);
  // Higher bands have less in them: they are lifted.
  float heard = clamp(iSpectrum[bar] * (0.8 + 0.9 * place / 64.0), 0.0, 1.0);
  heard *= heard;
  float along = fract(place);
  float arc = (abs(along - 0.5) - 0.30) * TAU * distance_ / 256.0;
  float long_ = max(size - distance_, distance_ - size - 0.012 - reach * heard);
  float off = max(arc, long_);
  vec3 hue = mix(inner, outer, smoothstep(0.0, 44.0, place));
  float pixel = 2.0 / iResolution.y;
  float height = clamp((distance_ - size) / reach, 0.0, 1.0);
  colour += hue * (0.7 + 2.2 * height) * smoothstep(pixel, -pixel, off);
  colour += hue * 0.5 * exp(-26.0 * max(long_, 0.0)) * step(size, distance_) * (0.1 + heard);
  // A faint echo of the bars inside.
  float back = max(distance_ - size + 0.03, size - 0.04 - distance_ - 0.35 * reach * heard);
  colour += hue * 0.16 * smoothstep(pixel, -pixel, max(back, arc));

  // The core.
  float core = size - 0.13 - 0.05 * (1.0 - iEnvelopes[0]);
  float rim = core + 0.02 * (noise(uv / max(distance_, 0.001) * 5.0 + iTime) - 0.5) * (1.0 + 4.0 * iBass);
  float depth = sqrt(max(rim * rim - distance_ * distance_, 0.0));
  vec2 skin = uv / (0.35 + depth) * 1.6;
  float flow = iTime * 0.25 + 0.5 * iBassTime;
  float lava = noise(skin * 2.6 + vec2(flow, -0.6 * flow) + 1.8 * noise(skin * 3.1 - flow));
  lava += 0.5 * noise(skin * 8.0 + 2.0 * lava - flow);
  float ball = smoothstep(pixel * 2.0, -pixel * 2.0, distance_ - rim);
  vec3 molten = inner * pow(lava, 3.0) * (0.35 + 1.5 * iEnvelopes[1] + 0.6 * pulse) + outer * 0.30 * (1.0 - depth / max(rim, 0.01));
  colour = mix(colour, molten, ball);
  colour += inner * (0.10 + 0.55 * iEnvelopes[0]) * exp(-10.0 * max(distance_ - rim, 0.0)) * (1.0 - ball);

  // Sparks, on rays of their own, further out as the beat grows old.
  for (int i = 0; i < 3; i++) {
    float layer = float(i);
    float cell = floor((angle + 0.5) * 90.0 + layer * 0.37);
    float random = hash(vec2(cell, layer + 7.0 * iBeatIndex));
    float middle = (cell + 0.5 - layer * 0.37) / 90.0 - 0.5 + (random - 0.5) / 160.0;
    float far = size + 0.04 + 0.9 * iBeatPhase * (0.25 + fract(random * 31.0));
    vec2 spark = vec2((angle - middle) * TAU * distance_, distance_ - far);
    spark.y *= 0.35;
    float light = step(0.55, random) * (1.0 - iBeatPhase) * 0.000035 / (dot(spark, spark) + 0.00002);
    colour += mix(inner, vec3(1), 0.3) * min(light, 3.0) * step(0.0, iBeatIndex);
  }
  colour *= 1.0 - 0.12 * dot(uv, uv);
  colour = 1.0 - exp(-1.6 * max(colour, 0.0));
  fragColor = vec4(pow(colour, vec3(0.85)) + (hash(fragCoord) - 0.5) / 255.0, 1.0);
}
