//! A panel: a window onto the replica that knows neither its place nor its neighbours.

use super::action::{Action, Context};
use super::effect::Effect;
use super::figure::Figure;
use super::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fmt::Debug;

/// What stands in the upper edge: a name at the left, a state at the right.
#[derive(Debug, Clone, Default)]
pub struct Title {
    pub name: String,
    pub state: String,
    /// What the state says where there is little room; empty leaves it out there.
    pub brief: String,
    /// Whether the state is one to look at.
    pub alarm: bool,
}

/// A panel. Drawing changes nothing; what a key changes is said as an effect.
pub trait Panel: Debug {
    /// Which column of the key table it answers.
    fn context(&self) -> Context;

    /// The words in its upper edge.
    fn title(&self, view: &View<'_>) -> Title;

    /// Draws inside its edges. The area may be of any size, also empty.
    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer);

    /// Answers an action; `None` leaves it to the app.
    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect>;

    /// What is done when its view is opened: a cursor that follows the market until something is selected would name another
    /// thing by the time a key is pressed.
    fn on_show(&self, _view: &View<'_>) -> Effect {
        Effect::Nothing
    }

    /// How many rows of a list fit into an area of this height.
    fn page(&self, height: u16) -> u16 {
        height.saturating_sub(1)
    }
}

impl Title {
    /// A title with both words.
    pub fn new(name: &str, state: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state: state.into(), brief: String::new(), alarm: false }
    }

    /// The same with a shorter state for narrow edges.
    #[must_use]
    pub fn brief(mut self, brief: impl Into<String>) -> Self {
        self.brief = brief.into();
        self
    }

    /// The same, marked as one to look at when so.
    #[must_use]
    pub fn alarm_if(mut self, alarm: bool) -> Self {
        self.alarm = alarm;
        self
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only motions move a cursor")]
/// Moves a cursor along a list of keys: the key an action leads to from the present one. With no present key the
/// cursor starts at the first.
pub(super) fn step<K: Copy + PartialEq>(keys: &[K], at: Option<K>, action: Action, page: u16) -> Option<K> {
    let here = at.and_then(|key| keys.iter().position(|one| *one == key));
    let last = keys.len().checked_sub(1)?;
    let half = usize::from(page / 2).max(1);
    let from = here.unwrap_or(0);
    let to = match action {
        Action::Down if here.is_none() => 0,
        Action::Down | Action::NextMatch => from + 1,
        Action::Up | Action::PreviousMatch => from.saturating_sub(1),
        Action::HalfPageDown => from + half,
        Action::HalfPageUp => from.saturating_sub(half),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    };
    keys.get(to.min(last)).copied()
}

/// The first row to show so that the cursor's row is among `rows`, near the middle once it leaves the first page.
pub(super) fn window(cursor: usize, total: usize, rows: usize) -> usize {
    if total <= rows || cursor < rows {
        return 0;
    }
    (cursor + 1 + rows / 4).saturating_sub(rows).min(total - rows)
}

/// A row's text for `y`: its figures divided by spaces.
pub(super) fn joined(parts: &[Figure]) -> String {
    parts.iter().map(Figure::as_str).collect::<Vec<_>>().join(" ")
}
