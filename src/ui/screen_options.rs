//! How the screen looks: what the configuration and the terminal decide before the first frame.

use super::theme::{ColorDepth, Palette};
use crate::model::Span;

/// How the screen looks and how often it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the terminal, not a state")]
pub struct ScreenOptions {
    /// At most this many frames a second: 30 on this machine, 10 over SSH.
    pub max_fps: u32,
    pub palette: Palette,
    pub colors: ColorDepth,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// Show times in UTC; else moved by `zone`.
    pub utc: bool,
    pub zone: Span,
    /// Ask the terminal for its better keyboard protocol. The question needs an answer: up to two seconds at start on
    /// a terminal that gives none.
    pub keyboard: bool,
}

impl Default for ScreenOptions {
    fn default() -> Self {
        Self {
            max_fps: 30,
            palette: Palette::Default,
            colors: ColorDepth::True,
            ascii: false,
            utc: true,
            zone: Span::ZERO,
            keyboard: false,
        }
    }
}
