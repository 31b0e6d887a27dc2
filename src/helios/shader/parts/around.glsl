// One eye after the other, as projection/ods.py and projection/rays.py have it: zero convergence,
// the viewing circle fading out from 60 to 75 degrees of elevation.
uniform vec4 helios_around;
void main() {
  const float PI = 3.14159265358979;
  vec2 size = iResolution.xy;
  float eye = 0.0;
  vec2 at = gl_FragCoord.xy;
  if (helios_around.z == 1.0) {
    eye = at.y < size.y ? 1.0 : -1.0;
    at.y = mod(at.y, size.y);
  } else if (helios_around.z == 2.0) {
    eye = at.x < size.x ? -1.0 : 1.0;
    at.x = mod(at.x, size.x);
  }
  float longitude = helios_around.x * (at.x / size.x - 0.5);
  float latitude = PI * (at.y / size.y - 0.5);
  float part = clamp((abs(latitude) - PI / 3.0) / (PI / 12.0), 0.0, 1.0);
  float reach = part < 1.0 ? helios_around.y * cos(PI / 2.0 * part) : 0.0;
  vec3 origin = eye * reach * vec3(cos(longitude), 0.0, sin(longitude));
  float level = cos(latitude);
  vec3 direction = vec3(sin(longitude) * level, sin(latitude), -cos(longitude) * level);
  helios_colour = vec4(0, 0, 0, 1);
  mainVR(helios_colour, at, origin, direction);
}
