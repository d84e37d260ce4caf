//! The screen: a client with a face. It folds the events it is sent into its own replica, draws what changed, and
//! turns keys into commands.

mod action;
mod action_table;
mod app;
mod bars;
mod columns;
mod compose;
mod conduct;
mod edge;
mod effect;
mod event_line;
mod figure;
mod filter;
mod keymap;
mod layout;
mod mini;
mod overlay;
mod overlays;
mod painter;
mod panel;
mod panels;
mod pen;
mod registry;
mod requests;
mod run;
mod status;
mod terminal;
mod theme;
mod tty;
mod view;

pub use action::{Action, ActionRow, Context, Group, Guard};
pub use action_table::{TABLE, key_table_markdown};
pub use app::{App, ScreenOptions};
pub use effect::{Effect, Zoom};
pub use event_line::{EventLine, event_line};
pub use overlay::{Answer, Overlay, OverlayKind, Place};
pub use painter::Painter;
pub use panel::{Panel, PanelKind, Title};
pub use pen::{Pen, display_width};
pub use run::{Exit, UiParts, run, run_on};
pub use terminal::restore_terminal;
pub use theme::{ColorDepth, Palette, Role, Theme};
pub use tty::{Gone, Keys, takes_bytes};
pub use view::{PaintStats, Selected, Selection, View};
