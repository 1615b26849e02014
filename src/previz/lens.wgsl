// The glass that light leaves by: bright when it looks at you, dull from the side, dark glass when off.
#import bevy_pbr::mesh_view_bindings::view
#import bevy_pbr::view_transformations::position_world_to_clip
#import luma::emitters::emitters

struct Corner {
    // xy: on the unit square
    @location(0) position: vec3<f32>,
    @location(1) emitter: u32,
}

struct Pane {
    @builtin(position) clip: vec4<f32>,
    @location(0) world: vec3<f32>,
    @location(1) at: vec2<f32>,
    @location(2) @interpolate(flat) emitter: u32,
}

@vertex
fn vertex(corner: Corner) -> Pane {
    let e = emitters.all[corner.emitter];
    let up = cross(e.dir.xyz, e.side.xyz) * abs(e.side.w);
    // A hair in front of the body that it sits in.
    let world = e.apex.xyz + e.dir.xyz * 0.006 + e.side.xyz * corner.position.x + up * corner.position.y;
    var pane: Pane;
    pane.world = world;
    pane.clip = position_world_to_clip(world);
    pane.at = corner.position.xy;
    pane.emitter = corner.emitter;
    return pane;
}

@fragment
fn fragment(pane: Pane) -> @location(0) vec4<f32> {
    let e = emitters.all[pane.emitter];
    let off_centre = dot(pane.at, pane.at);
    if e.side.w < 0.0 && off_centre > 1.0 { discard; }
    let facing = max(dot(normalize(view.world_position - pane.world), e.dir.xyz), 0.0);
    let lobe = 0.06 + 0.94 * pow(facing, 3.0);
    let hot = mix(1.0, 0.6, min(off_centre, 1.0));
    return vec4(e.glow.rgb * lobe * hot + vec3(0.004, 0.005, 0.007), 1.0);
}
