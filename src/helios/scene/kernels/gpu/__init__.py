"""Kernels on a graphics card, by WebGPU: programs in shaders/ (WGSL), all of them compute."""
