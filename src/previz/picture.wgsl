// Pictures in beams, the same in the air and where they land.
#define_import_path luma::picture

struct Shape {
    layer: f32,
    turn: f32,
}

// How far out of focus a picture is at a distance, 0 to 1; shape: x layer, y turn, z dioptres of the focus or 0, w frost.
fn blur_at(metres: f32, shape: vec4<f32>) -> f32 {
    let focus = select(0.0, abs(1.0 / max(metres, 0.2) - shape.z) * 2.2, shape.z > 0.0);
    return clamp(max(focus, shape.w), 0.0, 1.0);
}

// Light that comes through at a place of the unit disc.
fn picture(gobos: texture_2d_array<f32>, through: sampler, shape: Shape, at: vec2<f32>, blur: f32) -> f32 {
    let s = sin(shape.turn);
    let c = cos(shape.turn);
    let turned = vec2(at.x * c - at.y * s, at.x * s + at.y * c);
    return textureSampleLevel(gobos, through, turned * 0.5 + 0.5, i32(shape.layer), blur * 6.0).r;
}
