// Draws what one sees of a picture all around: looked at in a direction, by one eye or by two.
// Forward is -z, right is x, up is y, as in the renderer.

const CORNERS = `#version 300 es
in vec2 corner;
out vec2 at;
void main() { at = corner; gl_Position = vec4(corner, 0.0, 1.0); }`;

const LOOK = `#version 300 es
precision highp float;
in vec2 at;
out vec4 colour;
uniform sampler2D picture;
uniform mat3 turned;      // directions of the view as directions of the picture
uniform vec2 reach;       // tangents of half the view's angles
uniform int projection;   // 0: all around, 1: half of that, 2: dome
uniform vec4 parts[2];    // of each eye: offset and size of its part of the picture
uniform int eyes;         // 0: left, 1: left red and right cyan, 2: beside each other
const float PI = 3.14159265358979;

vec3 seen(vec3 direction, vec4 part) {
  vec2 place;
  if (projection == 2) {
    float away = acos(clamp(direction.y, -1.0, 1.0)) / (PI / 2.0);
    if (away > 1.0) return vec3(0.0);
    float azimuth = atan(direction.x, -direction.z);
    place = 0.5 + 0.5 * away * vec2(sin(azimuth), cos(azimuth));
  } else {
    float across = atan(direction.x, -direction.z) / (projection == 1 ? PI : 2.0 * PI);
    if (abs(across) > 0.5) return vec3(0.0);
    place = vec2(across + 0.5, 0.5 - asin(clamp(direction.y, -1.0, 1.0)) / PI);
  }
  vec2 pixel = 0.5 / vec2(textureSize(picture, 0));
  vec2 spot = part.xy + place * part.zw;
  // Above and below it ends; to the sides it goes on, where the picture is one eye's alone.
  spot.y = clamp(spot.y, part.y + pixel.y, part.y + part.w - pixel.y);
  if (part.z < 1.0) spot.x = clamp(spot.x, part.x + pixel.x, part.x + part.z - pixel.x);
  return texture(picture, spot).rgb;
}

void main() {
  vec2 spot = at;
  int right = 0;
  if (eyes == 2) {
    right = spot.x > 0.0 ? 1 : 0;
    spot.x = spot.x * 2.0 + (right == 1 ? -1.0 : 1.0);
  }
  vec3 direction = turned * normalize(vec3(spot * reach, -1.0));
  vec3 one = seen(direction, parts[right]);
  if (eyes == 1) one.gb = seen(direction, parts[1]).gb;
  colour = vec4(one, 1.0);
}`;

const PROJECTIONS = { "equirect": 0, "equirect-180": 1, "fulldome": 2 };
const WHOLE = [0, 0, 1, 1];
/** Where each eye's picture lies: left, right. */
const LAYOUTS = {
  "mono": [WHOLE, WHOLE],
  "top-bottom": [[0, 0, 1, 0.5], [0, 0.5, 1, 0.5]],
  "left-right": [[0, 0, 0.5, 1], [0.5, 0, 0.5, 1]],
};
export const EYES = { one: 0, anaglyph: 1, split: 2 };

/** Whether pictures of a projection are looked around in. */
export function goesAround(projection) {
  return projection in PROJECTIONS;
}

export class Sphere {
  /**
   * @param {HTMLCanvasElement} canvas where it is drawn
   * @throws {Error} the browser has no WebGL 2
   */
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error("This browser has no WebGL 2, which looking around needs: the picture is shown flat.");
    this.gl = gl;
    const program = gl.createProgram();
    const add = (kind, source) => {
      const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    };
    add(gl.VERTEX_SHADER, CORNERS);
    add(gl.FRAGMENT_SHADER, LOOK);
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "The browser's graphics are gone.");
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), gl.STATIC_DRAW);
    const corner = gl.getAttribLocation(program, "corner");
    gl.enableVertexAttribArray(corner);
    gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    this.places = Object.fromEntries(["turned", "reach", "projection", "parts", "eyes"]
      .map((name) => [name, gl.getUniformLocation(program, name)]));
  }

  /** Take a picture: a canvas or a video. */
  take(picture) {
    const { gl } = this;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, picture);
  }

  /**
   * Draw what is seen of the picture.
   * @param {{projection: string, stereo: string}} layout of the picture
   * @param {{turned: number[], angle: number, eyes: number}} view where it is looked: a rotation by
   *   columns, the angle of the view from top to bottom in radians, and one of EYES
   */
  draw({ projection, stereo }, { turned, angle, eyes }) {
    const { gl, canvas, places } = this;
    const tall = Math.tan(angle / 2);
    const wide = (canvas.width / canvas.height / (eyes === EYES.split ? 2 : 1)) * tall;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.uniformMatrix3fv(places.turned, false, turned);
    gl.uniform2f(places.reach, wide, tall);
    gl.uniform1i(places.projection, PROJECTIONS[projection]);
    gl.uniform4fv(places.parts, LAYOUTS[stereo].flat());
    gl.uniform1i(places.eyes, eyes);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}
