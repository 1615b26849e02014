// Floor, walls and bodies: lit by the renderer's own lights, and by every projector whose picture lands here.
#import bevy_pbr::pbr_fragment::pbr_input_from_standard_material
#import bevy_pbr::pbr_functions::{alpha_discard, apply_pbr_lighting, main_pass_post_lighting_processing}
#import bevy_pbr::forward_io::{VertexOutput, FragmentOutput}
#import bevy_pbr::mesh_view_bindings::view
#import luma::picture::{picture, blur_at, Shape}

struct Projector {
    origin: vec4<f32>, // xyz: where the light leaves; w: range, metres
    dir: vec4<f32>,    // xyz: unit direction; w: tangent of half the beam angle
    light: vec4<f32>,  // rgb: candela; w: softness of the edge
    side: vec4<f32>,   // xyz: unit, the picture's right; w: how much wider the beam is without its iris
    shape: vec4<f32>,  // x: layer of the gobo; y: its turn; z: dioptres of the focus; w: frost
}

struct Projectors {
    count: vec4<u32>,
    all: array<Projector>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<storage, read> projectors: Projectors;
@group(#{MATERIAL_BIND_GROUP}) @binding(101) var gobos: texture_2d_array<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(102) var gobo_sampler: sampler;

const PI: f32 = 3.14159265;

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    var pbr = pbr_input_from_standard_material(in, is_front);
    pbr.material.base_color = alpha_discard(pbr.material, pbr.material.base_color);
    var out: FragmentOutput;
    out.color = apply_pbr_lighting(pbr);
    let at = pbr.world_position.xyz;
    let albedo = pbr.material.base_color.rgb;
    let rough = max(pbr.material.perceptual_roughness * pbr.material.perceptual_roughness, 0.05);
    let f0 = 0.16 * pbr.material.reflectance * pbr.material.reflectance;
    var sum = vec3(0.0);
    for (var n = 0u; n < projectors.count.x; n = n + 1u) {
        let p = projectors.all[n];
        let to = at - p.origin.xyz;
        let h = dot(to, p.dir.xyz);
        let d2 = dot(to, to);
        let radius = h * p.dir.w;
        let off2 = d2 - h * h;
        if h <= 0.02 || off2 >= radius * radius * 1.1 { continue; }
        let l = -to * inverseSqrt(d2);
        let n_l = dot(pbr.N, l);
        if n_l <= 0.0 { continue; }
        let blur = blur_at(h, p.shape);
        // Out of focus the edge spreads to both sides; the middle stays.
        let soft = clamp(max(p.light.w, blur), 0.025, 1.0);
        let r = sqrt(max(off2, 0.0)) / radius;
        var mask = 1.0 - smoothstep(1.0 - soft, 1.0 + 0.04 * soft, r);
        if p.shape.x > 0.5 {
            let off = (to - p.dir.xyz * h) / (radius * p.side.w);
            mask *= picture(gobos, gobo_sampler, Shape(p.shape.x, p.shape.y), vec2(dot(off, p.side.xyz), dot(off, cross(p.dir.xyz, p.side.xyz))), blur);
        }
        let near = clamp(1.0 - pow(d2 / (p.origin.w * p.origin.w), 2.0), 0.0, 1.0);
        let half_way = normalize(l + pbr.V);
        let n_h = max(dot(pbr.N, half_way), 0.0);
        let l_h = max(dot(l, half_way), 0.0);
        let a2 = rough * rough;
        let lobe = n_h * n_h * (a2 - 1.0) + 1.0;
        let gloss = a2 / (lobe * lobe * max(l_h * l_h, 0.1) * (4.0 * rough + 2.0));
        sum += p.light.rgb * (albedo + f0 * gloss) * (mask * n_l * near * near / (max(d2, 0.01) * PI));
    }
    out.color = vec4(out.color.rgb + sum * view.exposure, out.color.a);
    out.color = main_pass_post_lighting_processing(pbr, out.color);
    return out;
}
