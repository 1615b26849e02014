// What every head sends out, shared by the beams' and the lenses' shaders.
#define_import_path luma::emitters

struct Emitter {
    apex: vec4<f32>,   // xyz: centre of the lens; w: length of the cone, metres
    dir: vec4<f32>,    // xyz: unit direction; w: tangent of half the beam angle
    haze: vec4<f32>,   // rgb: radiance of the cone at the lens; w: radius of the lens
    side: vec4<f32>,   // xyz: the lens's right, times half its width; w: half height over half width, negative = a disc
    glow: vec4<f32>,   // rgb: radiance of the lens seen head on; w: softness of the cone's edge
    shape: vec4<f32>,  // x: layer of the gobo, 0 = open; y: its turn; z: dioptres of the focus or 0; w: frost
    mask: vec4<f32>,   // x: how much wider the beam is without its iris; y, z, w: unused
}

struct Emitters {
    air: vec4<f32>,    // x: seconds of drift; y: depth of the haze's clouds; z, w: samples along a ray, open and with a gobo
    all: array<Emitter>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> emitters: Emitters;
