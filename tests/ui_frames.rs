//! What a trader sees: frames at the sizes of the design, drawn from events made by hand.

mod support;

use flightdeck::model::Mode;
use support::{ascii, scene, text};

#[test]
#[expect(clippy::print_stdout, reason = "for eyes: cargo test --test ui_frames -- --nocapture")]
fn print_frames() {
    for mode in [Mode::Analyze, Mode::Live] {
        let mut desk = scene(mode, ascii());
        for (width, height) in [(40, 8), (80, 24), (120, 40), (200, 60)] {
            println!("{}", text(&desk.frame(width, height)));
        }
    }
}
