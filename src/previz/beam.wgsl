// A cone of light in haze, solved in closed form: where does the eye's ray run inside the cone, before anything solid?
// Back faces of a coarse hull are drawn, so that it also works from inside the cone; light only adds.
#import bevy_pbr::mesh_view_bindings::view
#import bevy_pbr::view_transformations::{position_world_to_clip, depth_ndc_to_view_z}
#ifdef DEPTH_PREPASS
#import bevy_pbr::prepass_utils
#endif
#import luma::emitters::emitters
#import luma::picture::{picture, blur_at, Shape}

@group(#{MATERIAL_BIND_GROUP}) @binding(1) var gobos: texture_2d_array<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var gobo_sampler: sampler;

struct Corner {
    // xy: on the unit circle; z: 0 at the lens, 1 at the end of the cone
    @location(0) position: vec3<f32>,
    @location(1) emitter: u32,
}

struct Hull {
    @builtin(position) clip: vec4<f32>,
    @location(0) world: vec3<f32>,
    @location(1) @interpolate(flat) emitter: u32,
}

// An orthonormal basis around n without a branch on its direction (Duff et al. 2017).
fn basis(n: vec3<f32>) -> mat3x3<f32> {
    let s = select(-1.0, 1.0, n.z >= 0.0);
    let a = -1.0 / (s + n.z);
    let b = n.x * n.y * a;
    return mat3x3<f32>(vec3(1.0 + s * n.x * n.x * a, s * b, -s * n.x), vec3(b, s + n.y * n.y * a, -n.y), n);
}

@vertex
fn vertex(corner: Corner) -> Hull {
    let e = emitters.all[corner.emitter];
    // A polygon of ten sides circumscribes the circle when it is 1/cos(18 degrees) larger.
    let radius = (e.haze.w + corner.position.z * e.apex.w * e.dir.w) * 1.06;
    let world = e.apex.xyz + basis(e.dir.xyz) * vec3(corner.position.xy * radius, corner.position.z * e.apex.w);
    var hull: Hull;
    hull.world = world;
    // A dark head collapses to a point outside the picture and costs no pixel.
    hull.clip = select(vec4(2.0, 2.0, 2.0, 1.0), position_world_to_clip(world), e.apex.w > 0.0);
    hull.emitter = corner.emitter;
    return hull;
}

// Sines out of parabolas: nobody tells them apart in a cloud, and a processor that draws is quicker with them.
fn wave(x: vec3<f32>) -> vec3<f32> {
    let f = fract(x * 0.15915494) - 0.5;
    return f * (16.0 * abs(f) - 8.0);
}

// Slow swirls: three crossed waves, cheaper than noise and as good in moving haze.
fn cloud(p: vec3<f32>, t: f32) -> f32 {
    let q = p + 0.7 * wave(p.yzx * 1.3 + vec3(t * 0.31, t * 0.23, -t * 0.27));
    let w = wave(q * vec3(1.9, 2.3, 1.7) + vec3(t * 0.4, -t * 0.2, t * 0.3));
    return w.x * w.y * w.z;
}

@fragment
fn fragment(hull: Hull) -> @location(0) vec4<f32> {
    let e = emitters.all[hull.emitter];
    let tan_a = e.dir.w;
    let axis = e.dir.xyz;
    let h0 = e.haze.w / tan_a; // from the cone's virtual tip to the lens
    let h1 = h0 + e.apex.w;
    let eye = view.world_position;
    let ray = normalize(hull.world - eye);
    let from_tip = eye - (e.apex.xyz - axis * h0);
    let cos2 = 1.0 / (1.0 + tan_a * tan_a);
    let dv = dot(ray, axis);
    let cov = dot(from_tip, axis);
    let qa = dv * dv - cos2;
    let qb = dv * cov - dot(ray, from_tip) * cos2;
    let qc = cov * cov - dot(from_tip, from_tip) * cos2;
    let disc = qb * qb - qa * qc;
    if disc <= 0.0 { discard; }
    let apart = sqrt(disc);
    let ra = (-qb - apart) / qa;
    let rb = (-qb + apart) / qa;
    var t0 = min(ra, rb);
    var t1 = max(ra, rb);
    if qa > 0.0 { // steeper than the cone's wall: the ray stays inside one half of the double cone
        if dv > 0.0 { t0 = t1; t1 = 1e6; } else { t1 = t0; t0 = -1e6; }
    }
    let ha = (h0 - cov) / dv;
    let hb = (h1 - cov) / dv;
    t0 = max(max(t0, min(ha, hb)), 0.05);
    t1 = min(t1, max(ha, hb));
    var soft_end = 1.0;
#ifdef DEPTH_PREPASS
    let depth = prepass_utils::prepass_depth(hull.clip, 0u);
    if depth > 0.0 {
        let forward = -view.world_from_view[2].xyz;
        t1 = min(t1, -depth_ndc_to_view_z(depth) / dot(ray, forward));
    }
#endif
    if t1 <= t0 { discard; }
    let pictured = e.shape.x > 0.5;
    let steps = max(select(emitters.air.z, emitters.air.w, pictured), 1.0);
    let dt = (t1 - t0) / steps;
    let edge = mix(0.55, 1.6, e.glow.w);
    let right = e.side.xyz * inverseSqrt(max(dot(e.side.xyz, e.side.xyz), 1e-12));
    let across = select(basis(axis)[0], right, dot(right, right) > 0.5);
    let up = cross(axis, across);
    // Samples begin elsewhere in each pixel: too few of them then show as grain, not as slices.
    let grain = select(0.5, fract(52.9829189 * fract(dot(hull.clip.xy, vec2(0.06711056, 0.00583715)))), pictured);
    var sum = 0.0;
    for (var k = 0.0; k < steps; k = k + 1.0) {
        let t = t0 + (k + grain) * dt;
        let p = from_tip + ray * t;
        let h = dot(p, axis);
        let radius = h * tan_a;
        let inside = clamp(1.0 - (dot(p, p) - h * h) / (radius * radius), 0.0, 1.0);
        let tail = 1.0 - smoothstep(0.55, 1.0, (h - h0) / (h1 - h0));
        // Light per area falls with the square; a camera's eye is kinder to the far end, hence 1.75.
        let narrow = e.haze.w / radius;
        let root = sqrt(narrow);
        let spread = narrow * root * sqrt(root);
        let air = 1.0 + emitters.air.y * cloud(eye + ray * t, emitters.air.x);
        var through = 1.0;
        if pictured {
            let off = (p - axis * h) / (radius * e.mask.x);
            // Light that is gathered in shafts is seen better than the same light spread out.
            through = 1.6 * picture(gobos, gobo_sampler, Shape(e.shape.x, e.shape.y), vec2(dot(off, across), dot(off, up)), blur_at(h - h0, e.shape));
        }
        sum += pow(inside, edge) * tail * spread * air * through;
    }
    // Haze throws light forward: a beam towards the eye is brighter than one away from it.
    let towards = max(-dv, 0.0);
    let phase = 0.75 + 1.1 * towards * towards * towards;
    return vec4(e.haze.rgb * (sum * dt / e.haze.w * phase), 0.0);
}
