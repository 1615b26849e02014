//! Long lists of rows of unlike heights, of which only those in sight are drawn.

use bevy_egui::egui::{AsIdSalt, Rect, Ui, Vec2};

/// Draws a row that is in sight.  Elsewhere the room is left that it took when it was drawn last; what never was is drawn once.
/// `row` tells it from the others of its `Ui`.
pub fn in_sight<R>(ui: &mut Ui, row: impl AsIdSalt, contents: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let id = ui.id().with(row);
    if let Some(size) = ui.data(|data| data.get_temp::<Vec2>(id))
        && !ui.is_rect_visible(Rect::from_min_size(ui.cursor().min, size))
    {
        ui.allocate_space(size);
        return None;
    }
    let drawn = ui.scope(contents);
    ui.data_mut(|data| data.insert_temp(id, drawn.response.rect.size()));
    Some(drawn.inner)
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::ScrollArea;
    use egui_kittest::Harness;

    use super::*;

    #[test]
    fn of_a_long_list_what_is_in_sight_is_drawn_and_its_length_stays() {
        let draw = |ui: &mut Ui, (drawn, height): &mut (Vec<usize>, f32)| {
            drawn.clear();
            let area = ScrollArea::vertical().show(ui, |ui| {
                for row in 0..100 {
                    let height = 10.0 + row as f32 % 3.0;
                    drawn.extend(in_sight(ui, row, |ui| {
                        ui.allocate_space(Vec2::new(50.0, height));
                        row
                    }));
                }
            });
            *height = area.content_size.y;
        };
        let mut harness = Harness::builder().with_size([200.0, 100.0]).build_ui_state(draw, (Vec::new(), 0.0));
        harness.run();
        let (drawn, height) = harness.state().clone();
        assert!((3..15).contains(&drawn.len()) && drawn[0] == 0, "{drawn:?}");
        let rows: f32 = (0..100).map(|row| 10.0 + row as f32 % 3.0).sum();
        let between = (height - rows) / 99.0;
        assert!((0.0..10.0).contains(&between), "{height} for {rows}");
    }
}
