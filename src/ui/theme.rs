//! How states look: one style per role, three palettes, and the shapes that say the same without colour.

use crate::model::Mode;
use ratatui::style::{Color, Modifier, Style};

/// Which colours mean gain and loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// Green and vermilion of the Okabe–Ito set.
    #[default]
    Default,
    /// Sky blue and orange of the same set: apart under every common colour deficiency.
    Colorblind,
    /// No colour at all: bold, dim and reverse.
    Mono,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorDepth {
    /// `NO_COLOR` or a terminal without colours.
    None,
    Sixteen,
    #[default]
    True,
}

/// What a piece of the screen is. Panels speak in roles; only this file knows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Text,
    Dim,
    Head,
    Strong,
    Gain,
    Loss,
    Buy,
    Sell,
    Warn,
    Bad,
    Good,
    Accent,
    Border,
    BorderFocus,
    Title,
    Cursor,
    CursorElsewhere,
    BarLive,
    BarAnalyze,
    BarKilled,
    BarReplay,
    Footer,
    Depth,
}

/// Palette, depth and shapes.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    palette: Palette,
    depth: ColorDepth,
    pub ascii: bool,
    pub mode: Mode,
}

/// The characters of a panel's edge.
#[derive(Debug, Clone, Copy)]
pub struct Border {
    pub horizontal: char,
    pub vertical: char,
    pub corners: [char; 4],
}

const BLUE: Color = Color::Rgb(0x00, 0x72, 0xB2);
const SKY: Color = Color::Rgb(0x56, 0xB4, 0xE9);
const GREEN: Color = Color::Rgb(0x00, 0x9E, 0x73);
const VERMILION: Color = Color::Rgb(0xD5, 0x5E, 0x00);
const ORANGE: Color = Color::Rgb(0xE6, 0x9F, 0x00);
const WHITE: Color = Color::Rgb(0xFF, 0xFF, 0xFF);
const BLACK: Color = Color::Rgb(0x00, 0x00, 0x00);

impl Theme {
    /// A theme; a terminal without colours is mono whatever the palette.
    pub const fn new(palette: Palette, depth: ColorDepth, ascii: bool) -> Self {
        let palette = match depth {
            ColorDepth::None => Palette::Mono,
            ColorDepth::Sixteen | ColorDepth::True => palette,
        };
        Self { palette, depth, ascii, mode: Mode::Analyze }
    }

    /// The same theme with the shapes of a mode.
    #[must_use]
    pub const fn for_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// The palette in use.
    pub const fn palette(&self) -> Palette {
        self.palette
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        let plain = Style::new();
        match role {
            Role::Text => plain,
            Role::Dim | Role::Border | Role::Footer => plain.add_modifier(Modifier::DIM),
            Role::Head => plain.add_modifier(Modifier::DIM | Modifier::UNDERLINED),
            Role::Strong | Role::Title | Role::CursorElsewhere => plain.add_modifier(Modifier::BOLD),
            Role::BorderFocus => self.ink(SKY, Color::Cyan).add_modifier(Modifier::BOLD),
            Role::Accent => self.ink(SKY, Color::Cyan),
            Role::Gain | Role::Buy | Role::Good => self.gain(),
            Role::Loss | Role::Sell => self.loss(),
            Role::Warn => self.ink(ORANGE, Color::Yellow).add_modifier(Modifier::BOLD),
            Role::Bad => self.bad(),
            Role::Cursor => plain.add_modifier(Modifier::REVERSED),
            Role::BarLive => self.bar(VERMILION, BLACK, (Color::Red, Color::White)),
            Role::BarAnalyze => self.bar(BLUE, WHITE, (Color::Blue, Color::White)),
            Role::BarReplay => self.bar(SKY, BLACK, (Color::Cyan, Color::Black)),
            Role::BarKilled => plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            Role::Depth => self.ink(BLUE, Color::Blue),
        }
    }

    /// The style of a signed amount: nothing for zero.
    pub fn signed(&self, sign: std::cmp::Ordering) -> Style {
        match sign {
            std::cmp::Ordering::Greater => self.style(Role::Gain),
            std::cmp::Ordering::Less => self.style(Role::Loss),
            std::cmp::Ordering::Equal => self.style(Role::Text),
        }
    }

    /// The bar's style in the theme's mode.
    pub fn bar_role(&self) -> Role {
        match self.mode {
            Mode::Live => Role::BarLive,
            Mode::Analyze => Role::BarAnalyze,
        }
    }

    /// The edge of panels: double for live, thin for analyze.
    pub const fn border(&self) -> Border {
        match (self.ascii, self.mode) {
            (true, Mode::Live) => Border { horizontal: '=', vertical: '|', corners: ['#'; 4] },
            (true, Mode::Analyze) => Border { horizontal: '-', vertical: '|', corners: ['+'; 4] },
            (false, Mode::Live) => {
                Border { horizontal: '═', vertical: '║', corners: ['╔', '╗', '╚', '╝'] }
            }
            (false, Mode::Analyze) => {
                Border { horizontal: '─', vertical: '│', corners: ['┌', '┐', '└', '┘'] }
            }
        }
    }

    /// What stands before every simulated figure.
    pub const fn tilde(&self) -> &'static str {
        match self.mode {
            Mode::Live => "",
            Mode::Analyze => "~",
        }
    }

    /// The mark of the cursor's row.
    pub const fn cursor_mark(&self) -> char {
        if self.ascii { '>' } else { '▸' }
    }

    /// A bar's character at a fill of `eighths` of a cell, 1 to 8.
    pub const fn block(&self, eighths: usize) -> char {
        const BLOCKS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
        if self.ascii {
            return if eighths >= 4 { '#' } else { ' ' };
        }
        if eighths < 9 { BLOCKS[eighths] } else { '█' }
    }

    fn ink(self, exact: Color, sixteen: Color) -> Style {
        match (self.palette, self.depth) {
            (Palette::Mono, _) | (_, ColorDepth::None) => Style::new(),
            (Palette::Default | Palette::Colorblind, ColorDepth::Sixteen) => Style::new().fg(sixteen),
            (Palette::Default | Palette::Colorblind, ColorDepth::True) => Style::new().fg(exact),
        }
    }

    fn gain(self) -> Style {
        match self.palette {
            Palette::Default => self.ink(GREEN, Color::Green),
            Palette::Colorblind => self.ink(SKY, Color::LightBlue),
            Palette::Mono => Style::new(),
        }
    }

    fn loss(self) -> Style {
        match self.palette {
            Palette::Default => self.ink(VERMILION, Color::Red),
            Palette::Colorblind => self.ink(ORANGE, Color::Yellow),
            Palette::Mono => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    fn bad(self) -> Style {
        match self.palette {
            Palette::Mono => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
            Palette::Default | Palette::Colorblind => {
                self.ink(VERMILION, Color::Red).add_modifier(Modifier::BOLD | Modifier::REVERSED)
            }
        }
    }

    fn bar(self, exact: Color, on: Color, sixteen: (Color, Color)) -> Style {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        match (self.palette, self.depth) {
            (Palette::Mono, _) | (_, ColorDepth::None) => bold,
            (Palette::Default | Palette::Colorblind, ColorDepth::Sixteen) => bold.bg(sixteen.0).fg(sixteen.1),
            (Palette::Default | Palette::Colorblind, ColorDepth::True) => bold.bg(exact).fg(on),
        }
    }
}
