//! The screen as settings and terminal want it.

use crate::config::{self, Settings};
use crate::ui::{self, ColorDepth, ScreenOptions};

/// The screen as settings and terminal want it.
pub(super) fn screen_options(settings: &Settings) -> ScreenOptions {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let screen = &settings.screen;
    let colors = if !variable("NO_COLOR").is_empty() {
        ColorDepth::None
    } else if variable("COLORTERM").contains("truecolor") || variable("COLORTERM").contains("24bit") {
        ColorDepth::True
    } else {
        ColorDepth::Sixteen
    };
    // Over SSH every frame costs the line; ten a second are enough for eyes.
    let most = if variable("SSH_CONNECTION").is_empty() { 30 } else { 10 };
    ScreenOptions {
        max_fps: screen.max_fps.min(most),
        palette: match screen.palette {
            config::Palette::Default => ui::Palette::Default,
            config::Palette::Colorblind => ui::Palette::Colorblind,
            config::Palette::Mono => ui::Palette::Mono,
        },
        colors,
        ascii: screen.ascii || !variable("FLIGHTDECK_ASCII").is_empty() || !is_utf8(&variable),
        ..ScreenOptions::default()
    }
}

/// Whether the locale speaks UTF-8, by the rule of POSIX: the first of these that is set decides.
fn is_utf8(variable: &impl Fn(&str) -> String) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names.iter().map(|name| variable(name)).find(|value| !value.is_empty());
    // An empty environment is a container more often than a terminal without UTF-8.
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
