#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
#define texture2D texture
#define texture2DLod textureLod
layout(location = 0) out vec4 helios_colour;
